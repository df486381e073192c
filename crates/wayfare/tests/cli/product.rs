//! A data directory, and commands over it.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

pub struct Product {
    folder: TempDir,
}

pub struct Run(Output);

pub struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Run {
    /// Fails, showing everything, unless it ended with `code`.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.0.status.code(), Some(code), "{}\n{}", self.out(), self.err());
        self
    }

    pub fn out(&self) -> String {
        String::from_utf8(self.0.stdout.clone()).unwrap()
    }

    pub fn err(&self) -> String {
        String::from_utf8_lossy(&self.0.stderr).into_owned()
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out()).unwrap_or_else(|error| panic!("{error}: {}", self.out()))
    }
}

impl Product {
    /// With a little data.
    pub fn with_data() -> Self {
        let product = Self { folder: tempfile::tempdir().unwrap() };
        let profiles = [
            json!({"user_id": "u1", "identifiers": {"email": "Ann@example.com", "phone_number": "+901"},
                "attributes": {"gender": "F", "income": 10, "tags": ["a"]}}),
            json!({"user_id": "u2", "identifiers": {"email": "bob@example.com"}, "attributes": {"gender": "M"}}),
            json!({"user_id": "u3", "attributes": {"gender": "F", "vip": true}}),
        ];
        let event = |id: &str, user: &str, item: &str| {
            json!({"event_id": id, "user_id": user, "event": "purchase", "timestamp": "2026-09-01T00:00:00Z",
                "params": {"item": item}})
        };
        let events = [event("e1", "u1", "tea"), event("e2", "u1", "cup"), event("e3", "u2", "tea")];
        let lines = |rows: &[Value]| rows.iter().map(|row| format!("{row}\n")).collect::<String>();
        let profiles = product.file("profiles.ndjson", &lines(&profiles));
        let events = product.file("events.ndjson", &lines(&events));
        product.run(&["import", "--profiles", &profiles, "--events", &events]).expect(0);
        product
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, and gives its path.
    pub fn file(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// The service over the data, until it is dropped.
    pub fn serve(&self) -> Service {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        // What it says first, it says once it listens.
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.starts_with("Wayfare is at "), "{line}");
        Service(process)
    }

    /// Runs a command over the data.
    pub fn run(&self, arguments: &[&str]) -> Run {
        Run(self.command(arguments).output().unwrap())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wayfare"));
        command.args(arguments);
        if arguments != ["segment", "schema"] {
            command.arg("--data").arg(self.path("data"));
        }
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("WAYFARE_"))
        {
            command.env_remove(name);
        }
        command
    }

    /// The one JSON object that a command writes.
    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Value {
        self.run(&[arguments, &["--json"]].concat()).expect(0).json()
    }
}
