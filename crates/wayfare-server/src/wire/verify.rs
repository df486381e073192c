//! Verify, as it is told.

use serde::Serialize;
use utoipa::ToSchema;
use wayfare_export::ExportReport;
use wayfare_export::verify::Signature;

/// What was read of an export's files, and whether it holds.
#[derive(Debug, Serialize, ToSchema)]
pub struct VerifyAnswer {
    /// Whether everything holds.
    pub ok: bool,
    /// The id in the manifest; absent where that cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub id: Option<String>,
    /// Rows that were read.
    pub rows: u64,
    /// Bytes that were read.
    pub bytes: u64,
    /// Parts that were read.
    pub parts: usize,
    /// How the signature of the manifest stands.
    pub signature: VerifySignature,
    /// Everything that does not hold.
    pub problems: Vec<VerifyProblem>,
}

/// How the signature of a manifest stands.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VerifySignature {
    /// There is none.
    Absent,
    /// There is one, and this service has no key to check it.
    Unchecked,
    /// It is this service's.
    Good,
    /// It is not.
    Bad,
}

/// Something that does not hold.
#[derive(Debug, Serialize, ToSchema)]
pub struct VerifyProblem {
    /// The file it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub file: Option<String>,
    /// What is wrong, in words.
    pub message: String,
}

impl From<ExportReport> for VerifyAnswer {
    fn from(report: ExportReport) -> Self {
        let problem = |problem: wayfare_export::verify::Problem| VerifyProblem {
            file: problem.file,
            message: problem.message,
        };
        Self {
            ok: report.problems.is_empty(),
            id: report.id,
            rows: report.rows,
            bytes: report.bytes,
            parts: report.parts,
            signature: match report.signature {
                Signature::Absent => VerifySignature::Absent,
                Signature::Unchecked => VerifySignature::Unchecked,
                Signature::Good => VerifySignature::Good,
                Signature::Bad => VerifySignature::Bad,
            },
            problems: report.problems.into_iter().map(problem).collect(),
        }
    }
}
