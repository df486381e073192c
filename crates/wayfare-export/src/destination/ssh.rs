//! A connection over SSH, made by the machine's own `ssh`: what it is told, and what its words mean.
//!
//! Cryptography, keys and agreement with servers of all ages are OpenSSH's; nothing of the user's own configuration is
//! read. Secrets lie in a folder of their own that only this user may enter, and goes with the connection.

use super::kinds::Sftp;
use super::refusal::plain;
use super::sealed::Secrets;
use super::trouble::{Fault, Trouble};
use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::Stdio;
use tempfile::TempDir;
use tokio::process::{Child, Command};

/// The name under which the server's key is written down, whatever its address.
const ALIAS: &str = "destination";
/// The variable that carries the password to the program that `ssh` asks for it.
const PASSWORD: &str = "WAYFARE_DESTINATION_PASSWORD";

/// An `ssh` that speaks SFTP over its standard streams.
pub struct Ssh {
    /// The process; it ends when this is dropped.
    pub child: Child,
    _folder: TempDir,
}

/// Starts `ssh` to an address of the server.
pub fn start(sftp: &Sftp, secrets: &Secrets, address: IpAddr) -> Result<Ssh, Trouble> {
    let local = |error: io::Error| Trouble::new(Fault::Files, format!("`ssh` cannot be made ready: {error}"));
    let folder = tempfile::Builder::new().prefix("wayfare-ssh-").tempdir().map_err(local)?;
    let known_hosts = folder.path().join("known_hosts");
    write(&known_hosts, &format!("{ALIAS} {}\n", sftp.host_key.trim()), 0o600).map_err(local)?;
    let mut command = Command::new("ssh");
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_else(|| OsString::from("/usr/bin:/bin")));
    option(&mut command, "UserKnownHostsFile", &known_hosts);
    if let Some(key) = secrets.get("private_key") {
        let file = folder.path().join("key");
        write(&file, &format!("{}\n", key.trim_end()), 0o600).map_err(local)?;
        option(&mut command, "IdentityFile", &file);
        command.args(["-o", "BatchMode=yes", "-o", "PreferredAuthentications=publickey"]);
    } else {
        let asked = folder.path().join("askpass");
        write(&asked, &format!("#!/bin/sh\nprintf '%s\\n' \"${PASSWORD}\"\n"), 0o700).map_err(local)?;
        let password = secrets.get("password").unwrap_or_default();
        command.env("SSH_ASKPASS", &asked).env("SSH_ASKPASS_REQUIRE", "force").env(PASSWORD, password);
        // Versions before 8.4 ask only where they believe in a screen.
        command.env("DISPLAY", ":").args([
            "-o",
            "NumberOfPasswordPrompts=1",
            "-o",
            "PubkeyAuthentication=no",
        ]);
        command.args(["-o", "PreferredAuthentications=password,keyboard-interactive"]);
    }
    command.args(arguments(sftp, address));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let child = command.spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Trouble::new(
            Fault::Settings,
            "there is no `ssh` on this machine: install OpenSSH's client (openssh-client), which SFTP goes through",
        ),
        _ => local(error),
    })?;
    Ok(Ssh { child, _folder: folder })
}

/// What `ssh` is told beside its files.
fn arguments(sftp: &Sftp, address: IpAddr) -> Vec<String> {
    let mut arguments: Vec<String> = vec!["-F".into(), "/dev/null".into()];
    for option in [
        "GlobalKnownHostsFile=/dev/null",
        "StrictHostKeyChecking=yes",
        "HostKeyAlias=destination",
        "UpdateHostKeys=no",
        "IdentitiesOnly=yes",
        "IdentityAgent=none",
        "ClearAllForwardings=yes",
        "ForwardAgent=no",
        "PermitLocalCommand=no",
        "ConnectTimeout=20",
        "ServerAliveInterval=15",
        "ServerAliveCountMax=3",
        "LogLevel=ERROR",
    ] {
        arguments.extend(["-o".into(), option.into()]);
    }
    arguments.extend(["-p".into(), sftp.port.to_string(), "-l".into(), sftp.user.clone(), "-s".into()]);
    arguments.extend(["--".into(), address.to_string(), "sftp".into()]);
    arguments
}

fn option(command: &mut Command, name: &str, path: &Path) {
    let mut option = OsString::from(format!("{name}=\""));
    option.push(path);
    option.push("\"");
    command.arg("-o").arg(option);
}

fn write(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    file.write_all(text.as_bytes())
}

/// What `ssh` said when it ended, in words that say what to do.
pub fn in_words(place: &str, said: &str) -> Trouble {
    let has = |part: &str| said.contains(part);
    let (fault, words) = if has("Host key verification failed")
        || has("IDENTIFICATION HAS CHANGED")
        || has("host key is known for")
    {
        (Fault::Certificate, "the server shows another key than `host_key` says".to_owned())
    } else if has("Load key") || has("invalid format") || has("error in libcrypto") {
        (Fault::Credentials, "the private key cannot be read: give it whole, without a passphrase".to_owned())
    } else if has("Permission denied") || has("Too many authentication failures") {
        (
            Fault::Credentials,
            "the server does not let the user in: the password or key is not known there".to_owned(),
        )
    } else if has("Connection refused") {
        (Fault::Port, "nobody takes connections there: is the port right, and the server up?".to_owned())
    } else if has("timed out") || has("No route to host") || has("Network is unreachable") {
        (Fault::Port, "it cannot be reached".to_owned())
    } else if has("subsystem request failed") {
        (Fault::Settings, "the server speaks SSH, but no SFTP".to_owned())
    } else {
        (Fault::Connection, "the connection broke off".to_owned())
    };
    let last = said.lines().map(str::trim).rfind(|line| !line.is_empty());
    match last {
        Some(last) => Trouble::new(fault, format!("{place}: {words} (ssh: {})", plain(last))),
        None => Trouble::new(fault, format!("{place}: {words}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ssh_says_in_words() {
        let told = [
            "Host key verification failed.\r\n",
            "u@192.0.2.1: Permission denied (publickey,password).\n",
            "Load key \"/tmp/x/key\": error in libcrypto\nu@h: Permission denied (publickey).\n",
            "ssh: connect to host 192.0.2.1 port 22: Connection refused\n",
            "ssh: connect to host 192.0.2.1 port 22: Connection timed out\n",
            "subsystem request failed on channel 0\n",
            "Connection reset by 192.0.2.1 port 22\n",
            "",
        ]
        .map(|said| {
            let trouble = in_words("sftp.example:22", said);
            format!("{}: {trouble}", trouble.fault.name())
        });
        insta::assert_snapshot!(told.join("\n"));
    }
}
