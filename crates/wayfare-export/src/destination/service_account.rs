//! The key of a Google service account: the JSON file that the console gives out.

use object_store::gcp::ServiceAccountKey;
use serde::Deserialize;

/// What of the file is used.
#[derive(Deserialize)]
struct KeyFile {
    client_email: Option<String>,
    private_key_id: Option<String>,
    private_key: Option<String>,
    /// Members that only servers for tests need.
    gcs_base_url: Option<String>,
    #[serde(default)]
    disable_oauth: bool,
}

/// Refuses what is no such key, in words that repeat nothing of it; gives the server that it names, if it does.
pub fn check(text: &str) -> Result<Option<String>, &'static str> {
    let key: KeyFile = serde_json::from_str(text)
        .map_err(|_| "must be the JSON file of a service account's key: paste it whole")?;
    let (Some(_), Some(_), Some(private_key)) = (&key.client_email, &key.private_key_id, &key.private_key)
    else {
        return Err("must have `client_email`, `private_key_id` and `private_key`: paste the whole file");
    };
    if !key.disable_oauth && ServiceAccountKey::from_pem(private_key.as_bytes()).is_err() {
        return Err("has a `private_key` that is no RSA key as PEM: paste the whole file");
    }
    Ok(key.gcs_base_url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys() {
        let check = |text: &str, words: &str| {
            let told = check(text).map_or_else(str::to_owned, |base| format!("taken, at {base:?}"));
            assert!(told.contains(words), "{text}: {told}");
            assert!(!told.contains("hush"), "{told}");
        };
        check("hush", "JSON file");
        check(r#""hush""#, "JSON file");
        check(r#"{"client_email":"a@b.example","private_key":"hush"}"#, "`private_key_id`");
        check(r#"{"client_email":"a@b.example","private_key_id":"1","private_key":"hush"}"#, "RSA key");
        check(
            r#"{"client_email":"","private_key_id":"","private_key":"","disable_oauth":true,"gcs_base_url":"http://g.example"}"#,
            r#"taken, at Some("http://g.example")"#,
        );
    }
}
