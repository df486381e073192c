//! The secrets of destinations: taken out of what is asked for, sealed for their destination, shown as nothing but set.

use super::kinds::{SIGNING_SECRET, Settings, secrets_of};
use super::service_account;
use crate::error::ExportError;
use crate::vault::{Sealed, Vault};
use crate::webhook::Secret;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt;
use wayfare_store::Store;

/// The longest secret, in bytes: a private key with some comment.
const LONGEST: usize = 20_000;

/// Secrets in the clear, by their members' names.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets(BTreeMap<String, String>);

/// Secrets as they are kept, by their members' names.
pub type SealedSecrets = BTreeMap<String, Sealed>;

/// Never the secrets themselves.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Secrets {
    /// The secret of that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The same, and the secret to sign with that was made where a webhook has none.
    pub fn completed(mut self, settings: &Settings) -> Result<(Self, Option<String>), ExportError> {
        if !matches!(settings, Settings::Webhook(_)) || self.get(SIGNING_SECRET).is_some() {
            return Ok((self, None));
        }
        let made = Secret::make()?.told();
        self.0.insert(SIGNING_SECRET.to_owned(), made.clone());
        Ok((self, Some(made)))
    }

    /// The secret of that name, which the destination cannot do without.
    pub fn needed(&self, name: &str) -> Result<&str, ExportError> {
        self.get(name).ok_or_else(|| ExportError::refused(format!("settings.{name}"), "is needed"))
    }
}

/// Who secrets are sealed for.
pub fn owner(id: &str) -> String {
    format!("destination/{id}")
}

/// What was asked for a destination: settings apart from secrets.
#[derive(Debug)]
pub struct Asked {
    /// What may be shown.
    pub settings: Settings,
    /// New secrets.
    pub given: Secrets,
    /// Names of secrets that stay as they are kept.
    pub stays: Vec<&'static str>,
}

/// Takes settings apart. A secret is text; `{"set": true}` lets the kept one stay, `{"set": false}` is none.
pub fn take_apart(mut members: Map<String, Value>) -> Result<Asked, ExportError> {
    let kind = members.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned();
    let (mut given, mut stays) = (BTreeMap::new(), Vec::new());
    for name in secrets_of(&kind) {
        let refuse = |why: &str| Err(ExportError::refused(format!("settings.{name}"), why));
        match members.remove(*name) {
            None | Some(Value::Null) => {}
            Some(Value::String(secret)) if secret.is_empty() => return refuse("is empty"),
            Some(Value::String(secret)) if secret.len() > LONGEST => return refuse("is too long"),
            Some(Value::String(secret)) => drop(given.insert((*name).to_owned(), secret)),
            Some(set) if set == json!({"set": true}) => stays.push(*name),
            Some(set) if set == json!({"set": false}) => {}
            Some(_) => return refuse("must be text, or {\"set\": true} to stay as it is"),
        }
    }
    let settings = Settings::read(members)?;
    settings.check_places()?;
    let is_there = |name: &str| given.contains_key(name) || stays.contains(&name);
    let complete = match &settings {
        Settings::S3(_) => is_there("secret_access_key").then_some(()).ok_or("secret_access_key"),
        Settings::Gcs(_) => {
            if let Some(key) = given.get("service_account_key") {
                let checked = service_account::check(key);
                checked.map_err(|why| ExportError::refused("settings.service_account_key", why))?;
            }
            is_there("service_account_key").then_some(()).ok_or("service_account_key")
        }
        Settings::Azure(_) => is_there("account_key").then_some(()).ok_or("account_key"),
        Settings::Sftp(_) if is_there("password") && is_there("private_key") => {
            return Err(ExportError::refused(
                "settings.password",
                "does not go with `private_key`: give one of them",
            ));
        }
        Settings::Sftp(_) => {
            (is_there("password") || is_there("private_key")).then_some(()).ok_or("password")
        }
        // A webhook without one has one made.
        Settings::Folder(_) | Settings::Email(_) | Settings::Webhook(_) => Ok(()),
    };
    if let Some(secret) = given.get(SIGNING_SECRET) {
        Secret::read(secret, &format!("settings.{SIGNING_SECRET}"))?;
    }
    match complete {
        Ok(()) => Ok(Asked { settings, given: Secrets(given), stays }),
        Err("password") => {
            Err(ExportError::refused("settings.password", "is needed, or `private_key` in its place"))
        }
        Err(name) => Err(ExportError::refused(format!("settings.{name}"), "is needed")),
    }
}

/// The settings as they are shown: a member for each secret that says whether it is set.
pub fn shown(settings: &Settings, is_set: impl Fn(&str) -> bool) -> Result<Map<String, Value>, ExportError> {
    let mut members = match serde_json::to_value(settings)? {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    for name in secrets_of(settings.kind()) {
        members.insert((*name).to_owned(), json!({ "set": is_set(name) }));
    }
    Ok(members)
}

impl Asked {
    /// All secrets in the clear: the new ones, and of those kept the ones that stay. `kept` is the destination as it is.
    pub fn secrets(&self, kept: Option<(&Settings, &Secrets)>) -> Result<Secrets, ExportError> {
        let mut all = self.given.0.clone();
        for name in &self.stays {
            let refuse = |why: &str| Err(ExportError::refused(format!("settings.{name}"), why));
            let Some((settings, secrets)) = kept else {
                return refuse("is kept nowhere yet: give it as text");
            };
            if !settings.is_same_account(&self.settings) {
                return refuse("must be given again: what is kept belongs to another server or account");
            }
            match secrets.get(name) {
                Some(secret) => drop(all.insert((*name).to_owned(), secret.to_owned())),
                None => return refuse("is not set: give it as text"),
            }
        }
        Ok(Secrets(all))
    }
}

/// Seals secrets for their destination.
pub fn seal(vault: &Vault, id: &str, secrets: &Secrets) -> Result<SealedSecrets, ExportError> {
    let sealed = secrets.0.iter().map(|(name, secret)| {
        let sealed = vault.seal(&owner(id), secret.as_bytes()).map_err(|error| match error {
            // Whoever asks cannot help it, but sees which member it is about.
            ExportError::NoVault => ExportError::refused(format!("settings.{name}"), error.to_string()),
            other => other,
        })?;
        Ok((name.clone(), sealed))
    });
    sealed.collect()
}

/// Opens secrets of a destination.
pub fn open(vault: &Vault, id: &str, sealed: &SealedSecrets) -> Result<Secrets, ExportError> {
    let opened = sealed.iter().map(|(name, sealed)| {
        let secret = vault.open(&owner(id), sealed)?;
        let broken = |_| ExportError::Sealed { owner: owner(id), why: "it is no text".into() };
        Ok((name.clone(), String::from_utf8(secret).map_err(broken)?))
    });
    Ok(Secrets(opened.collect::<Result<_, ExportError>>()?))
}

/// Seals every secret of a store under the first key of the vault; gives how many were sealed anew.
pub async fn reseal_all(store: &Store, vault: &Vault) -> Result<usize, ExportError> {
    let mut anew = 0;
    for row in store.destinations().await? {
        let mut secrets: SealedSecrets = serde_json::from_str(&row.secrets)?;
        let mut changed = false;
        for sealed in secrets.values_mut() {
            if let Some(again) = vault.reseal(&owner(&row.id), sealed)? {
                *sealed = again;
                changed = true;
                anew += 1;
            }
        }
        if changed {
            store.put_destination_secrets(&row.id, &serde_json::to_string(&secrets)?).await?;
        }
    }
    Ok(anew)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(json: &str) -> Result<Asked, ExportError> {
        take_apart(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn secrets_are_taken_out_and_shown_as_set() {
        let s3 = r#"{"kind":"s3","bucket":"b","access_key_id":"k","secret_access_key":"hush"}"#;
        let taken = asked(s3).unwrap();
        assert!(!format!("{taken:?}").contains("hush"));
        let secrets = taken.secrets(None).unwrap();
        let members = shown(&taken.settings, |name| secrets.get(name).is_some()).unwrap();
        insta::assert_snapshot!(serde_json::to_string(&members).unwrap());
        // What is shown can be sent back.
        let again = take_apart(members).unwrap();
        assert_eq!(again.secrets(Some((&taken.settings, &secrets))).unwrap(), secrets);
        assert!(again.secrets(None).is_err());
    }

    #[test]
    fn a_kept_secret_goes_to_no_other_server() {
        let kept =
            asked(r#"{"kind":"s3","bucket":"b","access_key_id":"k","secret_access_key":"hush"}"#).unwrap();
        let secrets = kept.secrets(None).unwrap();
        let check = |json: &str, is_taken: bool| {
            let secrets = asked(json).unwrap().secrets(Some((&kept.settings, &secrets)));
            assert_eq!(secrets.is_ok(), is_taken, "{json}");
        };
        check(r#"{"kind":"s3","bucket":"c","access_key_id":"k","secret_access_key":{"set":true}}"#, true);
        check(r#"{"kind":"s3","bucket":"b","access_key_id":"j","secret_access_key":{"set":true}}"#, false);
        let elsewhere = r#"{"kind":"s3","bucket":"b","access_key_id":"k","endpoint":"https://x.example","secret_access_key":{"set":true}}"#;
        check(elsewhere, false);
    }

    #[test]
    fn a_webhook_without_a_secret_has_one_made() {
        let url = r#""kind":"webhook","url":"https://r.example/in""#;
        let taken = asked(&format!("{{{url}}}")).unwrap();
        let (secrets, made) = taken.secrets(None).unwrap().completed(&taken.settings).unwrap();
        assert_eq!(secrets.get(SIGNING_SECRET), made.as_deref());
        assert!(Secret::read(made.as_deref().unwrap(), "x").is_ok());
        // It stays with another path of the same server.
        let again =
            asked(r#"{"kind":"webhook","url":"https://r.example/out","signing_secret":{"set":true}}"#)
                .unwrap();
        let kept = again.secrets(Some((&taken.settings, &secrets))).unwrap();
        assert_eq!(kept.completed(&again.settings).unwrap(), (secrets.clone(), None));
        let elsewhere =
            asked(r#"{"kind":"webhook","url":"https://s.example/","signing_secret":{"set":true}}"#).unwrap();
        assert!(elsewhere.secrets(Some((&taken.settings, &secrets))).is_err());
        let told = asked(&format!(r#"{{{url},"signing_secret":"whsec_short"}}"#)).unwrap_err().to_string();
        assert!(told.starts_with("settings.signing_secret") && !told.contains("short"), "{told}");
        let letters = asked(r#"{"kind":"email","to":["a@b.example"]}"#).unwrap();
        assert_eq!(letters.secrets(None).unwrap().completed(&letters.settings).unwrap().1, None);
    }

    #[test]
    fn what_is_missing() {
        let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKm";
        let told = [
            r#"{"kind":"s3","bucket":"b","access_key_id":"k"}"#.to_owned(),
            r#"{"kind":"s3","bucket":"b","access_key_id":"k","secret_access_key":7}"#.to_owned(),
            r#"{"kind":"s3","bucket":"b","access_key_id":"k","secret_access_key":""}"#.to_owned(),
            r#"{"kind":"gcs","bucket":"b"}"#.to_owned(),
            r#"{"kind":"gcs","bucket":"b","service_account_key":"GOOG1"}"#.to_owned(),
            format!(r#"{{"kind":"sftp","host":"h","user":"u","host_key":"{key}"}}"#),
            format!(r#"{{"kind":"sftp","host":"h","user":"u","host_key":"{key}","password":"a","private_key":"b"}}"#),
        ]
        .map(|case| asked(&case).unwrap_err().to_string());
        insta::assert_snapshot!(told.join("\n"));
    }
}
