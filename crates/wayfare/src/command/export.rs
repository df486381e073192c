//! `wayfare export`.

mod at_server;
mod download;
mod jobs;
mod journeys;
mod since;
mod watch;

use super::definition::{MomentFlags, now, read_text};
use super::export_form::{FormFlags, FormatFlag};
use super::export_key::signing_key;
use super::place::within;
use super::{Common, WRITTEN_BY};
use crate::configuration::Configuration;
use crate::failure::{Failure, with_causes};
use crate::interrupt::asked_to_stop;
use crate::output::{End, write_json, write_line};
pub(super) use at_server::{ServerFlags, text};
use clap::{Args, Subcommand};
use jobs::Deed;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use since::SinceFlags;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use watch::{ProgressFlag, Stage, Watch};
use wayfare_export::request::Kind;
use wayfare_export::{
    Control, ErrorKind, ExportError, ExportRequest, Manifest, Outbound, RawRequest, SigningKey,
};
use wayfare_model::problem::Refusal;
use wayfare_segment::definition::Definition;
use wayfare_store::{Access, OpenOptions, Store};

#[derive(Debug, Subcommand)]
pub(crate) enum Export {
    /// Profiles with chosen attributes, a row a profile.
    Profiles(Profiles),
    /// What a request in a file asks for: a raw export, version 1 or 2, or a body of the API's own.
    Events(Events),
    /// Passes through journeys, a row a pass: entry, path, messages, exit.
    Passes(journeys::Journeys),
    /// Messages of journeys, a row a message with everything that happened with it.
    Messages(journeys::Journeys),
    /// Jobs, newest first.
    List(jobs::List),
    /// A job: how far it is, its files, its warnings.
    Show(jobs::One),
    /// Stops a job at a server.
    Cancel(jobs::One),
    /// Asks a server for a failed or cancelled job again.
    Retry(jobs::One),
    /// A new signed link to the files of a job at a server.
    Link(jobs::One),
    /// Takes back every link to the files of a job at a server.
    RevokeLinks(jobs::One),
    /// Brings the files of a job at a server; goes on where an earlier download broke off.
    Download(jobs::Download),
    /// The first rows and the exact number of rows, by a server that writes nothing.
    Preview(jobs::Preview),
}

#[derive(Debug, Args)]
pub(crate) struct Profiles {
    #[command(flatten)]
    common: Common,
    /// A file with the definition; `-` reads it from stdin; everyone where it is not given.
    #[arg(long, value_name = "FILE_OR_-")]
    definition: Option<PathBuf>,
    #[command(flatten)]
    moment: MomentFlags,
    /// Attributes and identifiers that become columns, in this order; `*` means all.
    #[arg(long, value_delimiter = ',', value_name = "NAME,…")]
    attributes: Vec<String>,
    /// Computed columns behind the attributes: a JSON array of them, or a file with it; `-` reads it from stdin.
    #[arg(long, value_name = "FILE_OR_JSON")]
    computed: Option<String>,
    /// The form of the files.
    #[arg(long, value_enum, default_value = "csv")]
    format: FormatFlag,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct Events {
    #[command(flatten)]
    common: Common,
    /// A file with the request's body, of a raw export or the native form; `-` reads it from stdin. Its hook is ignored.
    #[arg(long, value_name = "FILE_OR_-")]
    request: PathBuf,
    #[command(flatten)]
    moment: MomentFlags,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
pub(super) struct Output {
    #[command(flatten)]
    server: ServerFlags,
    /// How progress is told on stderr.
    #[arg(long, value_enum, default_value = "auto")]
    progress: ProgressFlag,
    /// The directory for the files; missing or empty.
    #[arg(long, value_name = "DIR")]
    output: PathBuf,
    #[command(flatten)]
    since: SinceFlags,
    #[command(flatten)]
    form: FormFlags,
}

impl Output {
    /// Puts what was given into a request; the rest stays as the request has it.
    fn apply(&self, request: &mut ExportRequest) -> Result<(), Failure> {
        request.positions = self.since.positions()?.or(request.positions.take());
        self.form.clone().apply(request)
    }
}

impl Export {
    pub fn common(&self) -> &Common {
        match self {
            Self::Profiles(command) => &command.common,
            Self::Events(command) => &command.common,
            Self::Passes(command) | Self::Messages(command) => &command.common,
            Self::List(command) => &command.common,
            Self::Show(command)
            | Self::Cancel(command)
            | Self::Retry(command)
            | Self::Link(command)
            | Self::RevokeLinks(command) => &command.common,
            Self::Download(command) => command.common(),
            Self::Preview(command) => &command.common,
        }
    }

    pub async fn run(self, configuration: Configuration) -> Result<End, Failure> {
        let (json, data) = (self.common().json, self.common().data.clone());
        let (asked, flags) = match self {
            Self::Profiles(command) => command.request()?,
            Self::Events(command) => command.request()?,
            Self::Passes(command) => command.request(Kind::Passes)?,
            Self::Messages(command) => command.request(Kind::Messages)?,
            Self::List(command) => return command.run(configuration).await,
            Self::Show(command) => return command.show(configuration).await,
            Self::Cancel(command) => return command.act(Deed::Cancel, configuration).await,
            Self::Retry(command) => return command.act(Deed::Retry, configuration).await,
            Self::Link(command) => return command.act(Deed::Link, configuration).await,
            Self::RevokeLinks(command) => return command.act(Deed::RevokeLinks, configuration).await,
            Self::Download(command) => return command.run(configuration).await,
            Self::Preview(command) => return command.run(configuration).await,
        };
        if let Some(server) = flags.server.server(data.as_deref(), &configuration)? {
            let request = asked.without_a_store()?;
            request.check().map_err(failure)?;
            let manifest = at_server::run(&server, &request, &flags.output, flags.progress).await?;
            return told_manifest(&manifest, &flags.output, json);
        }
        let output = &flags.output;
        let signer = signing_key(&configuration)?;
        super::must_exist(configuration.data())?;
        check_output(configuration.data(), output)?;
        let options = OpenOptions { id_filter_bytes: 0, ..configuration.store(Access::Flush, false) };
        let store = Store::open(configuration.data(), options).await?;
        let mut request = asked.resolve(&store, &configuration).await?;
        if request.as_of.is_none() {
            request.as_of = Some(now()?);
        }
        let manifest = write(&store, &request, output, signer.as_ref(), flags.progress).await?;
        told(&manifest, output, json)
    }
}

/// Says what was written.
fn told(manifest: &Manifest, output: &Path, json: bool) -> Result<End, Failure> {
    match json {
        true => write_json(manifest),
        false => write_line(&format!(
            "{} rows in {} files, as of position {}: {}",
            manifest.rows,
            manifest.parts.len(),
            manifest.position_to,
            output.display()
        )),
    }?;
    for warning in &manifest.warnings {
        eprintln!("wayfare: {warning}");
    }
    Ok(End::Done)
}

/// The same of a manifest as a server sent it.
fn told_manifest(manifest: &[u8], output: &Path, json: bool) -> Result<End, Failure> {
    let manifest: Manifest = serde_json::from_slice(manifest)
        .map_err(|error| Failure::failed(format!("the server's manifest cannot be read: {error}")))?;
    told(&manifest, output, json)
}

impl Profiles {
    fn request(self) -> Result<(Asked, Output), Failure> {
        let definition = self.definition.as_deref().map(raw_definition).transpose()?;
        let mut request = ExportRequest::profiles(definition, self.attributes, self.format.into());
        if let Some(computed) = &self.computed {
            request.computed = computed_columns(computed)?;
        }
        at_moment(&mut request, &self.moment)?;
        self.output.apply(&mut request)?;
        Ok((Asked::Native(Box::new(request)), self.output))
    }
}

impl Events {
    fn request(self) -> Result<(Asked, Output), Failure> {
        let body = read_text(&self.request)?;
        if let Some(native) = native(&body).map_err(|refused| refused.in_file(&self.request))? {
            let mut request = native;
            at_moment(&mut request, &self.moment)?;
            self.output.apply(&mut request)?;
            return Ok((Asked::Native(Box::new(request)), self.output));
        }
        // Nobody waits here to be told.
        let body = RawRequest::read(&body).map_err(failure)?.without_hook();
        self.moment.moment()?;
        if self.output.since.positions()?.is_some() {
            let message = "does not go with bodies of the raw surfaces; write the request in the native form";
            return Err(Refusal::new("--since", message).into());
        }
        let form = self.output.form.clone();
        Ok((Asked::Raw { body: Box::new(body), moment: self.moment, form }, self.output))
    }
}

/// What is asked for, before a store is open.
pub(super) enum Asked {
    /// An export that names everything itself.
    Native(Box<ExportRequest>),
    /// A body of a raw surface, some of which a store must settle.
    Raw { body: Box<RawRequest>, moment: MomentFlags, form: FormFlags },
}

impl Asked {
    async fn resolve(self, store: &Store, configuration: &Configuration) -> Result<ExportRequest, Failure> {
        match self {
            Self::Native(request) => Ok(*request),
            Self::Raw { body, moment, form } => {
                let outbound = Outbound::new(configuration.allow_private_hooks).map_err(Failure::failed)?;
                let mut request = body.resolve(store, &outbound).await.map_err(failure)?;
                at_moment(&mut request, &moment)?;
                form.apply(&mut request)?;
                Ok(request)
            }
        }
    }

    /// The request as a server may be asked for it.
    fn without_a_store(self) -> Result<ExportRequest, Failure> {
        match self {
            Self::Native(request) => Ok(*request),
            Self::Raw { body, moment, form } => {
                let mut request = body.without_a_store().map_err(failure)?;
                at_moment(&mut request, &moment)?;
                form.apply(&mut request)?;
                Ok(request)
            }
        }
    }
}

/// A native body says of what `kind` its rows are; any other is of a raw surface.
fn native(body: &str) -> Result<Option<ExportRequest>, Failure> {
    let members = serde_json::from_str::<BTreeMap<String, IgnoredAny>>(body);
    if !members.is_ok_and(|members| members.contains_key("kind")) {
        return Ok(None);
    }
    let read: Result<ExportRequest, _> = serde_json::from_str(body);
    match read {
        Ok(request) => Ok(Some(ExportRequest { hook: None, destinations: Vec::new(), ..request })),
        Err(error) => Err(Refusal::new("", format!("the request cannot be read: {error}")).into()),
    }
}

/// Refuses a directory among the store's own files.
fn check_output(data: &Path, output: &Path) -> Result<(), Failure> {
    match within(data, output)? {
        Some(_) => Err(Failure::refused(format!(
            "--output {}: lies in the data directory {}; name a directory elsewhere",
            output.display(),
            data.display()
        ))),
        None => Ok(()),
    }
}

/// Reads a definition and keeps its text; what is wrong with it is told before a store is opened.
fn raw_definition(path: &Path) -> Result<Box<RawValue>, Failure> {
    let text = read_text(path)?;
    Definition::parse(&text).map_err(|refusal| Failure::from(refusal).in_file(path))?;
    RawValue::from_string(text).map_err(|error| Refusal::new("", error.to_string()).into())
}

/// Reads computed columns, written out or from a file; what is wrong with them is told when the request is checked.
fn computed_columns(written: &str) -> Result<Vec<Box<RawValue>>, Failure> {
    let is_json = written.trim_start().starts_with(['[', '{']);
    let text = if is_json { written.to_owned() } else { read_text(Path::new(written))? };
    serde_json::from_str(&text).map_err(|error| {
        let failure =
            Failure::from(Refusal::new("computed", format!("must be a JSON array of columns: {error}")));
        if is_json { failure } else { failure.in_file(Path::new(written)) }
    })
}

fn at_moment(request: &mut ExportRequest, flags: &MomentFlags) -> Result<(), Failure> {
    flags.moment()?;
    request.as_of = flags.as_of()?.or(request.as_of);
    let zone = request.timezone.take().filter(|_| flags.timezone == "UTC");
    request.timezone = zone.or_else(|| Some(flags.timezone.clone()));
    Ok(())
}

async fn write(
    store: &Store,
    request: &ExportRequest,
    output: &Path,
    signer: Option<&SigningKey>,
    progress: ProgressFlag,
) -> Result<Manifest, Failure> {
    let control = Control::new();
    let mut watch = Watch::new(progress);
    let export = wayfare_export::run_recorded(store, request, output, &control, signer, WRITTEN_BY);
    tokio::pin!(export);
    let mut tick = tokio::time::interval(Duration::from_millis(200));
    let result = loop {
        tokio::select! {
            result = &mut export => break result,
            stopped = asked_to_stop(), if !control.cancel_token().is_cancelled() => {
                stopped?;
                control.cancel();
            }
            _ = tick.tick() => {
                let progress = control.progress();
                watch.tell(Stage::Running, progress.rows, progress.rows_expected);
            }
        }
    };
    if result.is_ok() {
        let progress = control.progress();
        watch.tell(Stage::Running, progress.rows, progress.rows_expected);
    }
    watch.finish();
    result.map_err(failure)
}

fn failure(error: ExportError) -> Failure {
    match error {
        ExportError::Refused(refusal) => refusal.into(),
        error if error.kind() == ErrorKind::Refused => Failure::refused(with_causes(&error)),
        error => Failure::failed(with_causes(&error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_of_the_api_say_their_kind() {
        assert!(native(r#"{"kind":"events","format":"csv"}"#).unwrap().is_some());
        for other in [r#"{"version":1,"format":"csv"}"#, "{", "[]", ""] {
            assert!(native(other).unwrap().is_none(), "{other}");
        }
        let failure =
            native(r#"{"kind":"events","format":"csv","colour":1}"#).expect_err("a member too many");
        assert!(failure.to_string().contains("colour"), "{failure}");
    }

    #[test]
    fn the_output_stays_out_of_the_store() {
        let data = std::env::temp_dir().join("wayfare-no-such-data");
        for inside in ["", "out", "exports/mine"] {
            assert!(check_output(&data, &data.join(inside)).is_err(), "{inside:?}");
        }
        assert!(check_output(&data, &data.join("../out")).is_ok());
    }
}
