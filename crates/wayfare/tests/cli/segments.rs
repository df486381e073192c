//! `wayfare segment` and `wayfare list`.

use crate::product::Product;
use serde_json::json;

const WOMEN: &str = r#"{"attribute":"gender","operator":"equals","value":"F"}"#;
const BUYERS: &str = r#"{"all":[{"event":"purchase"},{"attribute":"gender","operator":"exists"}]}"#;

#[test]
fn what_a_definition_may_say() {
    let product = Product::with_data();
    let schema = product.run(&["segment", "schema"]).expect(0).json();
    assert_eq!(schema["title"], "Segment definition");
    let good = product.file("good.json", WOMEN);
    let valid = product.json(&["segment", "validate", "--definition", &good]);
    assert_eq!((&valid["valid"], &valid["words"]), (&json!(true), &json!("gender is F")));
    let bad = product.file("bad.json", r#"{"not":{"attribute":"gendr","operator":"exists"}}"#);
    let refused = product.run(&["segment", "validate", "--definition", &bad, "--json"]).expect(2);
    assert_eq!(
        refused.json(),
        json!({"error": {"path": "not.attribute", "message": "no attribute is called `gendr`", "nearest": "gender"}})
    );
    assert!(refused.err().contains("bad.json: not.attribute"), "{}", refused.err());
}

#[test]
fn why_one_is_meant() {
    let product = Product::with_data();
    let buyers = product.file("buyers.json", BUYERS);
    let of =
        |flag: &str, value: &str| product.run(&["segment", "explain", "--definition", &buyers, flag, value]);
    for (flag, value) in [("--user-id", "u1"), ("--email", "ann@EXAMPLE.com"), ("--phone-number", "+901")] {
        let said = of(flag, value).expect(0).out();
        assert!(said.contains("is meant as of") && said.contains("2 such events"), "{said}");
    }
    assert!(of("--user-id", "u3").expect(0).out().contains("no   purchase happened: 0 such events"));
    let id = product.run(&["segment", "members", "--definition", &buyers]).expect(0).out();
    let id = id.lines().next().unwrap();
    let told = product.json(&["segment", "explain", "--definition", &buyers, "--profile-id", id]);
    assert_eq!((&told["profile_id"], &told["explanation"]["holds"]), (&json!(id), &json!(true)));
    for (flag, value) in [("--user-id", "U1"), ("--email", "ann@"), ("--profile-id", "u1")] {
        assert!(of(flag, value).expect(2).err().contains("no such profile"), "{flag} {value}");
    }
    product.run(&["segment", "explain", "--definition", &buyers]).expect(2);
}

#[test]
fn how_definitions_are_evaluated() {
    let product = Product::with_data();
    let (women, buyers) = (product.file("women.json", WOMEN), product.file("buyers.json", BUYERS));
    let one = product.json(&["segment", "plan", "--definition", &buyers, "--repeat", "3"]);
    assert_eq!((&one["count"], &one["population"], &one["repeat"]), (&json!(2), &json!(3), &json!(3)));
    assert_eq!(one["plan"]["parts"][0]["words"], "purchase happened");
    assert!(one["fastest_ms"].as_f64() <= one["took_ms"].as_f64());
    let two = product.json(&["segment", "plan", "--definition", &buyers, "--definition", &women]);
    assert_eq!(two["plans"][1]["count"], 2);
    assert_eq!(two["plans"][0]["as_of"], two["plans"][1]["as_of"]);
    let said = product.run(&["segment", "plan", "--definition", &buyers]).expect(0).out();
    assert!(said.contains("2 of 3 profiles") && said.contains("3 rows"), "{said}");
}

#[test]
fn members_in_a_file() {
    let product = Product::with_data();
    let buyers = product.file("buyers.json", BUYERS);
    let (file, path) = (product.path("ids.txt"), product.path("ids.txt").to_str().unwrap().to_owned());
    let members = ["segment", "members", "--definition", &buyers, "--id", "email", "--output", &path];
    let told = product.json(&members);
    assert_eq!((&told["count"], &told["without_id"]), (&json!(2), &json!(0)));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "Ann@example.com\nbob@example.com\n");
    assert!(product.run(&members).expect(2).err().contains("--force"));
    product.run(&[&members[..], &["--force"]].concat()).expect(0);
}

#[test]
fn segments_and_lists_are_kept() {
    let product = Product::with_data();
    let women = product.file("women.json", WOMEN);
    let saved = product.json(&["segment", "save", "--name", "Women", "--definition", &women]);
    let id = saved["id"].as_str().unwrap();
    assert_eq!((&saved["version"], &saved["changed_by"]), (&json!(1), &json!("command line")));
    let change =
        ["segment", "save", "--name", "All women", "--definition", &women, "--id", id, "--version", "1"];
    assert_eq!(product.json(&change)["version"], 2);
    assert!(product.run(&change).expect(2).err().contains("at version 2"));
    let men = product.file("men.json", &format!(r#"{{"not":{{"segment":"{id}"}}}}"#));
    let outer = product.json(&["segment", "save", "--name", "Not women", "--definition", &men]);
    assert_eq!(product.json(&["segment", "count", "--definition", &men])["count"], 1);
    assert_eq!(product.json(&["segment", "show", id])["used_by"], json!([outer["id"]]));
    assert!(product.run(&["segment", "remove", id]).expect(2).err().contains("is used by"));
    let circle = ["segment", "save", "--name", "x", "--definition", &men, "--id", id, "--version", "2"];
    assert!(product.run(&circle).expect(2).err().contains("leads back"));
    let versions = product.json(&["segment", "versions", id]);
    assert_eq!(versions["versions"].as_array().unwrap().len(), 2);
    assert_eq!(product.json(&["segment", "list"])["segments"].as_array().unwrap().len(), 2);
    product.run(&["segment", "remove", outer["id"].as_str().unwrap()]).expect(0);
    product.run(&["segment", "remove", id]).expect(0);
    assert!(product.run(&["segment", "show", id]).expect(2).err().contains("no segment"));

    let csv = product.file("ids.csv", "name,user_id\nAnn,u1\nAnn again,u1\nNobody,u9\n");
    let list = product.json(&["list", "create", "--name", "One", "--csv", &csv]);
    assert_eq!((&list["size"], &list["unknown"]), (&json!(1), &json!(1)));
    let on_it = product.file("list.json", &format!(r#"{{"list":{}}}"#, list["id"]));
    assert_eq!(product.json(&["segment", "count", "--definition", &on_it])["count"], 1);
    product.run(&["list", "create", "--name", "Women", "--definition", &women]).expect(0);
    assert_eq!(product.json(&["list", "list"])["lists"].as_array().unwrap().len(), 2);
    product.run(&["list", "remove", list["id"].as_str().unwrap()]).expect(0);
    product.run(&["list", "remove", list["id"].as_str().unwrap()]).expect(2);
    product.run(&["list", "create", "--name", "x", "--csv", &csv, "--column", "users_id"]).expect(2);
}

#[test]
fn beside_a_service() {
    let product = Product::with_data();
    let women = product.file("women.json", WOMEN);
    let service = product.serve();
    assert_eq!(product.json(&["segment", "count", "--definition", &women])["count"], 2);
    assert_eq!(product.json(&["segment", "list"])["segments"], json!([]));
    product.run(&["segment", "check", "--sample", "1", "--definition", &women]).expect(0);
    for (command, instead) in [
        (vec!["segment", "save", "--name", "x", "--definition", &women], "POST /api/v1/segments"),
        (vec!["segment", "remove", "seg_x"], "DELETE /api/v1/segments/seg_x"),
        (vec!["list", "create", "--name", "x", "--definition", &women], "POST /api/v1/lists"),
        (vec!["list", "remove", "lst_x"], "DELETE /api/v1/lists/lst_x"),
    ] {
        let said = product.run(&command).expect(2).err();
        assert!(said.contains("is in use") && said.contains(instead), "{said}");
    }
    drop(service);
}

#[test]
fn the_two_evaluators_agree() {
    let product = Product::with_data();
    let women = product.file("women.json", WOMEN);
    product.run(&["segment", "save", "--name", "Women", "--definition", &women]).expect(0);
    let told = product.json(&["segment", "check", "--sample", "2", "--seed", "1"]);
    assert_eq!(
        (&told["agree"], &told["profiles"], &told["not_evaluated"]),
        (&json!(true), &json!(2), &json!([]))
    );
    assert!(told["definitions"].as_u64().unwrap() > 20, "{told}");
    assert_eq!(told["comparisons"].as_u64(), told["definitions"].as_u64().map(|number| number * 2));
    let one = product.json(&["segment", "check", "--definition", &women]);
    assert_eq!((&one["definitions"], &one["comparisons"]), (&json!(1), &json!(3)));
}
