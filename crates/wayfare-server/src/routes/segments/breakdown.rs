//! `POST /api/v1/segments/breakdown`

use crate::cursor;
use crate::evaluation::{self, Evaluation, Question};
use crate::extract::Json;
use crate::guard::Caller;
use crate::problem::{Code, Problem};
use crate::state::AppState;
use crate::wire::breakdown::{BreakdownAnswer, BreakdownRequest, By, ValueCount};
use axum::extract::State;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use wayfare_model::dictionary::{Dictionary, IDENTIFIERS};
use wayfare_model::journey::{self, IS_DRY_RUN};
use wayfare_model::problem::{Refusal, nearest_name};
use wayfare_segment::breakdown::{self, Breakdown};
use wayfare_segment::columns::Needs;
use wayfare_store::Snapshot;

/// By what: names that are known.
enum Subject {
    Attribute(String),
    Parameter { event: String, parameter: String },
}

/// Who is meant, by the values that they have of an attribute or of an event's parameter.
#[utoipa::path(
    post, path = "/api/v1/segments/breakdown", tag = "segments", operation_id = "break_down_segment",
    request_body = BreakdownRequest, responses((status = OK, body = BreakdownAnswer))
)]
pub(crate) async fn breakdown(
    _: Caller,
    State(state): State<AppState>,
    Json(request): Json<BreakdownRequest>,
) -> Result<axum::Json<BreakdownAnswer>, Problem> {
    let limit = cursor::limit(request.limit, 20, 1_000)?;
    let definition = evaluation::definition(&request.definition)?;
    let when = evaluation::when(request.as_of.as_deref(), request.timezone.as_deref())?;
    let snapshot = state.store.snapshot().await?;
    let subject = subject(request.by, snapshot.dictionary())?;
    let question = Question { beside: needs(&subject), ..Question::new(definition, when) };
    let (evaluation, broken_down) =
        state.evaluations.in_time(counted(&state, snapshot, question, subject, limit)).await?;
    let Breakdown { values, missing, other, distinct } = broken_down;
    Ok(axum::Json(BreakdownAnswer {
        values: values.into_iter().map(|(value, count)| ValueCount { value, count }).collect(),
        missing,
        other,
        distinct,
        count: evaluation.count(),
        population: evaluation.population(),
        position: evaluation.snapshot.position(),
        as_of: evaluation.as_of().to_string(),
    }))
}

/// Evaluates, then counts.
async fn counted(
    state: &AppState,
    snapshot: Snapshot,
    question: Question,
    subject: Subject,
    limit: usize,
) -> Result<(Arc<Evaluation>, Breakdown), Problem> {
    let evaluation = state.evaluations.ask_of(snapshot, question).await?;
    let of = evaluation.clone();
    let work = move |flag: &AtomicBool| {
        let (columns, members) = (&*of.columns, &of.members);
        match &subject {
            Subject::Attribute(name) => breakdown::attribute(columns, name, members, limit, flag),
            Subject::Parameter { event, parameter } => {
                breakdown::parameter(columns, event, parameter, members, &of.moment, limit, flag)
            }
        }
    };
    Ok((evaluation, state.evaluations.work(work).await?))
}

fn subject(by: By, dictionary: &Dictionary) -> Result<Subject, Problem> {
    let unknown = |path: &str, message: String, nearest| {
        Problem::refused(Code::InvalidRequest, Refusal::new(path, message).nearest(nearest))
    };
    match by {
        By { attribute: Some(attribute), event: None, parameter: None } => {
            if dictionary.attributes.id(&attribute).is_none() && !IDENTIFIERS.contains(&&*attribute) {
                let message = format!("no attribute is called `{attribute}`");
                return Err(unknown("by.attribute", message, dictionary.nearest_attribute(&attribute)));
            }
            Ok(Subject::Attribute(attribute))
        }
        By { attribute: None, event: Some(event), parameter: Some(parameter) } => {
            let event = journey::canonical_event(&event);
            let parameter = journey::canonical_parameter(event, &parameter);
            let Some(known) = dictionary.event(event) else {
                let nearest =
                    dictionary.nearest_event(event).or_else(|| nearest_name(event, journey::EVENTS));
                return Err(unknown("by.event", format!("no event is called `{event}`"), nearest));
            };
            if known.parameters.id(parameter).is_none() {
                let message = format!("`{event}` has no parameter called `{parameter}`");
                return Err(unknown("by.parameter", message, known.parameters.nearest(parameter)));
            }
            Ok(Subject::Parameter { event: event.to_owned(), parameter: parameter.to_owned() })
        }
        _ => Err(Problem::invalid("by", "has either `attribute`, or `event` and `parameter`")),
    }
}

fn needs(subject: &Subject) -> Needs {
    let mut needs = Needs::default();
    match subject {
        // Every profile has its own id: there is no column of them.
        Subject::Attribute(name) if name == "profile_id" => {}
        Subject::Attribute(name) => {
            needs.attributes.insert(name.clone());
        }
        Subject::Parameter { event, parameter } => {
            needs.events.insert(event.clone(), [parameter.clone(), IS_DRY_RUN.to_owned()].into());
        }
    }
    needs
}
