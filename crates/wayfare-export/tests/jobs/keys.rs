//! Named API keys: made, changed, taken away; and jobs that have their policies, through restarts, retries and other keys of
//! the vault.

use crate::{ended, request, settings, still, store};
use std::path::Path;
use wayfare_export::audit::Deed;
use wayfare_export::policy::Policy;
use wayfare_export::vault::Vault;
use wayfare_export::{
    ApiKey, ApiKeyForm, AuditFilter, Control, ErrorKind, ExportError, ExportRequest, Exports, Settings,
    Status, api_key, verify, verify_against,
};
use wayfare_store::Store;

const PEOPLE: &str =
    r#"{"kind":"profiles","attributes":["user_id","country","income"],"format":"csv","max_rows":10}"#;
const HASHED: &str = r#"{"rules":[{"column":"user_id","do":"hash"},{"column":"profile_id","do":"drop"},{"column":"income","do":"coarsen","to":1000}]}"#;

fn form(policy: Option<&str>) -> ApiKeyForm {
    let policy = policy.map(|policy| Policy::read(serde_json::from_str(policy).unwrap()).unwrap());
    ApiKeyForm { name: "Partner".into(), policy, disabled: false }
}

async fn started(store: &Store, vault: &Path) -> Exports {
    let settings = Settings { vault: Vault::read(vault).unwrap(), ..settings(still) };
    Exports::start(store.clone(), settings).await.unwrap()
}

fn of_key(key: &ApiKey, json: &str) -> ExportRequest {
    ExportRequest { policy: key.applied(), ..request(json) }
}

#[tokio::test]
async fn keys_are_made_changed_and_taken_away() {
    let data = tempfile::tempdir().unwrap();
    let store = store(data.path(), 3).await;
    let exports = Exports::start(store.clone(), settings(still)).await.unwrap();
    let (key, secret) = exports.create_api_key(form(None), "ann").await.unwrap();
    assert!(secret.starts_with("wfk_") && secret.starts_with(key.hint.trim_end_matches('…')), "{secret}");
    assert!(secret.len() > 40 && key.hint.len() < 12 && key.revision == 1);
    assert_eq!(exports.api_key_of(&secret).unwrap().id, key.id);
    assert!(exports.api_key_of("wfk_made-up").is_none() && exports.api_key_of("").is_none());

    // Without a vault nothing can be hashed, and the key stays as it was.
    let refused = exports.change_api_key(&key.id, 1, form(Some(HASHED)), "ann").await.err().unwrap();
    assert!(matches!(refused, ExportError::NoVault), "{refused}");
    let masked = r#"{"rules":[{"column":"user_id","do":"mask"}]}"#;
    let changed = exports.change_api_key(&key.id, 1, form(Some(masked)), "bob").await.unwrap();
    assert_eq!((changed.revision, changed.created_by.as_str()), (2, "ann"));
    let late = exports.change_api_key(&key.id, 1, form(None), "bob").await.err().unwrap();
    assert!(matches!(late, ExportError::Outdated { revision: 2, .. }), "{late}");
    for bad in ["", "  ", "a\nb"] {
        let form = ApiKeyForm { name: bad.into(), ..form(None) };
        let refused = exports.create_api_key(form, "ann").await.err().unwrap();
        assert!(refused.to_string().starts_with("name"), "{refused}");
    }

    let (rotated, newer) = exports.rotate_api_key_secret(&key.id, "ann").await.unwrap();
    assert_eq!((rotated.revision, rotated.policy.clone()), (3, changed.policy));
    assert!(exports.api_key_of(&secret).is_none(), "the old one ended at once");
    assert_eq!(exports.api_key_of(&newer).unwrap().revision, 3);
    let used = exports.api_key(&key.id).unwrap().last_used_at;
    assert!(used.is_some());
    exports.stop().await;
    drop(exports);

    // All of it is kept, the secrets as nothing but hashes.
    let exports = Exports::start(store.clone(), settings(still)).await.unwrap();
    assert_eq!(exports.api_keys(), [ApiKey { last_used_at: used, ..rotated }]);
    assert!(exports.api_key_of(&newer).is_some());
    exports.remove_api_key(&key.id, "ann").await.unwrap();
    assert!(exports.api_key_of(&newer).is_none() && exports.api_keys().is_empty());
    assert!(matches!(exports.remove_api_key(&key.id, "ann").await, Err(ExportError::NoSuch { .. })));
    let told = exports.audit(&AuditFilter::default(), 10, None).await.unwrap();
    let deeds: Vec<_> = told.iter().map(|row| (row.deed.as_str(), row.who.as_str())).collect();
    let expected = [Deed::KeyRemoved, Deed::KeySecretRotated, Deed::KeyChanged, Deed::KeyCreated].map(Deed::name);
    assert_eq!(deeds.iter().map(|(deed, _)| *deed).collect::<Vec<_>>(), expected);
    assert!(told.iter().all(|row| row.subject == key.id && !row.detail.contains(&newer[4..])));
    exports.stop().await;
    let kept = std::fs::read(data.path().join("wayfare.db")).unwrap();
    for secret in [secret, newer] {
        assert!(!kept.windows(secret.len()).any(|bytes| bytes == secret.as_bytes()));
    }
}

#[tokio::test]
async fn a_job_keeps_its_policy_and_its_hashes() {
    let data = tempfile::tempdir().unwrap();
    let store = store(data.path(), 30).await;
    let folder = tempfile::tempdir().unwrap();
    let vault = folder.path().join("keys");
    Vault::make(&vault).unwrap();
    let exports = started(&store, &vault).await;
    let (key, _) = exports.create_api_key(form(Some(HASHED)), "ann").await.unwrap();
    let (other, _) = exports.create_api_key(form(Some(HASHED)), "ann").await.unwrap();
    let files = |id: &str| {
        let directory = data.path().join("exports").join(id);
        let part = std::fs::read_to_string(directory.join("part-00001.csv")).unwrap();
        let manifest: serde_json::Value =
            serde_json::from_slice(&std::fs::read(directory.join("manifest.json")).unwrap()).unwrap();
        (directory, part, manifest)
    };
    let asked = exports.create(of_key(&key, PEOPLE), "partner", Some("k")).await.unwrap();
    assert_eq!(asked.api_key.as_ref(), Some(&key.id));
    // The body that asks for the same has no policy in it, for nobody could send it.
    assert!(!asked.request.as_ref().unwrap().get().contains("policy"));
    let job = ended(&exports, &asked.id).await;
    assert_eq!((job.status, job.api_key.as_ref()), (Status::Complete, Some(&key.id)), "{:?}", job.error);
    let (directory, part, manifest) = files(&job.id);
    assert!(part.starts_with("user_id,country,income\n") && !part.contains("u1,"), "{part}");
    assert_eq!(manifest["request"]["policy"]["key"], key.id.as_str());
    assert_eq!(manifest["policy"]["columns"][1], serde_json::json!({"column": "user_id", "do": "hash"}));
    assert!(verify(std::slice::from_ref(&directory)).unwrap().ok);

    // The same key hashes alike, whatever its policy says by then; another key does not.
    let again = ended(&exports, &exports.create(of_key(&key, PEOPLE), "partner", None).await.unwrap().id).await;
    assert_eq!(files(&again.id).1, part);
    let others = ended(&exports, &exports.create(of_key(&other, PEOPLE), "other", None).await.unwrap().id).await;
    let (_, others, _) = files(&others.id);
    assert_ne!(others, part);
    let form_of = |json: &str| form(Some(json));
    exports.change_api_key(&key.id, 1, form_of(r#"{"otherwise":"keep"}"#), "ann").await.unwrap();
    let changed = exports.change_api_key(&key.id, 2, form_of(HASHED), "ann").await.unwrap();
    let third = ended(&exports, &exports.create(of_key(&changed, PEOPLE), "partner", None).await.unwrap().id).await;
    assert_eq!(files(&third.id).1, part);
    // With another policy the same words ask for something else.
    let mut narrower = of_key(&key, PEOPLE);
    narrower.policy.as_mut().unwrap().policy.minimum_group = Some(2);
    assert!(matches!(exports.create(narrower, "partner", Some("k")).await, Err(ExportError::KeyReused)));
    let preview = exports.preview(&of_key(&key, PEOPLE), "partner").await.unwrap();
    assert_eq!(preview.columns.len(), 3);
    let first = part.lines().nth(1).unwrap().split(',').next().unwrap();
    assert_eq!(preview.sample[0][0].get(), format!("\"{first}\""));

    // A job that waits through a restart has the policy that it was asked for with.
    exports.stop().await;
    let waiting = exports.create(of_key(&key, PEOPLE), "partner", None).await.unwrap().id;
    drop(exports);
    let exports = started(&store, &vault).await;
    let job = ended(&exports, &waiting).await;
    assert_eq!((job.status, job.api_key), (Status::Complete, Some(key.id.clone())), "{:?}", job.error);
    assert_eq!(files(&waiting).1, part);
    exports.stop().await;
    drop(exports);

    // Another key of the vault, and everything still opens; the old one opens nothing.
    Vault::add_key(&vault).unwrap();
    assert_eq!(api_key::reseal_all(&store, &Vault::read(&vault).unwrap()).await.unwrap(), 2);
    Vault::keep_first_key(&vault).unwrap();
    let newest = Vault::read(&vault).unwrap();
    let against = verify_against(&store, &newest, &directory, &Control::new()).await.unwrap();
    assert!(against.problems.is_empty(), "{against}");
    let against = verify_against(&store, &Vault::default(), &directory, &Control::new()).await.unwrap();
    assert!(against.problems[0].message.starts_with("its hashed columns cannot be made again"), "{against}");

    // Without its key a job that waits fails, and says why.
    let exports = started(&store, &vault).await;
    exports.remove_api_key(&key.id, "ann").await.unwrap();
    let gone = exports.create(of_key(&key, PEOPLE), "partner", None).await.err().unwrap();
    assert_eq!(gone.kind(), ErrorKind::Refused);
    assert!(gone.to_string().contains(&key.id), "{gone}");
    exports.stop().await;
}

#[tokio::test]
async fn a_job_of_too_few_people_fails_and_tells_no_number() {
    let data = tempfile::tempdir().unwrap();
    let store = store(data.path(), 7).await;
    let exports = Exports::start(store.clone(), settings(still)).await.unwrap();
    let (key, _) = exports.create_api_key(form(Some(r#"{"minimum_group":8}"#)), "ann").await.unwrap();
    let refused = exports.preview(&of_key(&key, PEOPLE), "partner").await.err().unwrap();
    assert_eq!(refused.kind(), ErrorKind::Refused);
    let job = ended(&exports, &exports.create(of_key(&key, PEOPLE), "partner", None).await.unwrap().id).await;
    assert_eq!(job.status, Status::Failed);
    assert!(job.error.as_ref().unwrap().starts_with("fewer than 8 people"), "{:?}", job.error);
    assert_eq!((job.progress.rows, job.progress.rows_expected, job.rows), (0, None, None));
    exports.stop().await;
}
