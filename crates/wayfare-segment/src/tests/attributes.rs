//! Every operator on every type, on an attribute `x` of a few profiles. A value `-` is missing.

use super::{AS_OF, answers, at};
use crate::moment::Moment;
use crate::testing::World;
use wayfare_model::dictionary::Dictionary;
use wayfare_model::journey::Declared;
use wayfare_model::record::{Incoming, profile_from_json};

fn world(values: &str, declared: Option<Declared>) -> World {
    let mut dictionary = Dictionary::default();
    dictionary.attributes.add("x", declared);
    let record = |(index, value): (usize, &str)| {
        let attributes = if value == "-" { String::new() } else { format!(r#""x":{value}"#) };
        let json = format!(r#"{{"user_id":"u{index}","attributes":{{{attributes}}}}}"#);
        Incoming::Profile(profile_from_json(&json).unwrap().record)
    };
    let records: Vec<_> = values.split(" | ").enumerate().map(record).collect();
    World::new(dictionary, &records)
}

fn check_in(values: &str, declared: Option<Declared>, cases: &[(&str, &str)], moment: &Moment) {
    let world = world(values, declared);
    for (comparison, expected) in cases {
        let json = format!(r#"{{"attribute":"x",{comparison}}}"#);
        match answers(&world, &json, moment) {
            Ok(answers) => assert_eq!(answers, *expected, "{comparison} on {values} as of {}", moment.as_of),
            Err(refusal) => assert_eq!(*expected, refusal.path, "{comparison} on {values}: {refusal}"),
        }
    }
}

/// The expected answer is a digit a profile, or the path of the refusal.
fn check(values: &str, cases: &[(&str, &str)]) {
    check_in(values, None, cases, &at(AS_OF, "UTC"));
}

#[test]
fn strings() {
    check(
        r#""TR" | "tr" | "" | "Straße" | "10" | -"#,
        &[
            (r#""operator":"equals","value":"TR""#, "100000"),
            (r#""operator":"equals","value":"TR","case_insensitive":true"#, "110000"),
            (r#""operator":"equals","value":"TR","case_insensitive":false"#, "100000"),
            (r#""operator":"not_equals","value":"TR""#, "011111"),
            (r#""operator":"equals","value":10"#, "000010"),
            (r#""operator":"equals","value":10.0"#, "000000"),
            (r#""operator":"equals","value":true"#, "000000"),
            (r#""operator":"in","values":["TR",10]"#, "100010"),
            (r#""operator":"in","values":["STRAẞE"],"case_insensitive":true"#, "000100"),
            (r#""operator":"in","values":["STRASSE"],"case_insensitive":true"#, "000000"),
            (r#""operator":"in","values":[]"#, "000000"),
            (r#""operator":"not_in","values":[]"#, "111111"),
            (r#""operator":"not_in","values":["TR","tr"]"#, "001111"),
            (r#""operator":"contains","value":"r""#, "010100"),
            (r#""operator":"contains","value":"R","case_insensitive":true"#, "110100"),
            (r#""operator":"contains","value":"""#, "111110"),
            (r#""operator":"not_contains","value":"r""#, "101011"),
            (r#""operator":"starts_with","value":"S""#, "000100"),
            (r#""operator":"starts_with","value":"sTrASſ","case_insensitive":true"#, "000000"),
            (r#""operator":"ends_with","value":"e""#, "000100"),
            (r#""operator":"greater_than","value":"TR""#, "010000"),
            (r#""operator":"at_least","value":"TR""#, "110000"),
            (r#""operator":"less_than","value":"TR""#, "001110"),
            (r#""operator":"at_most","value":"TR""#, "101110"),
            (r#""operator":"at_most","value":"Tr","case_insensitive":true"#, "111110"),
            (r#""operator":"between","from":"T","to":"t""#, "100000"),
            (r#""operator":"between","from":"t","to":"T""#, "000000"),
            (r#""operator":"exists""#, "111110"),
            (r#""operator":"not_exists""#, "000001"),
            (r#""operator":"exists","case_insensitive":true"#, "case_insensitive"),
            (r#""operator":"before","value":"x""#, "operator"),
            (r#""operator":"in_last","value":1,"unit":"day""#, "operator"),
            (r#""operator":"contains_any","values":["TR"]"#, "operator"),
            (r#""operator":"equals","value":null"#, "value"),
        ],
    );
}

#[test]
fn case_folding_is_simple() {
    check(
        r#""ς" | "Σ" | "σ" | "İ" | "i" | "ı" | "ſ" | "K" | "ß" | "ẞ" | "ss""#,
        &[
            (r#""operator":"equals","value":"Σ","case_insensitive":true"#, "11100000000"),
            (r#""operator":"equals","value":"I","case_insensitive":true"#, "00001000000"),
            (r#""operator":"equals","value":"S","case_insensitive":true"#, "00000010000"),
            (r#""operator":"equals","value":"k","case_insensitive":true"#, "00000001000"),
            (r#""operator":"equals","value":"ß","case_insensitive":true"#, "00000000110"),
            (r#""operator":"not_equals","value":"ß","case_insensitive":true"#, "11111111001"),
        ],
    );
}

#[test]
fn numbers() {
    check(
        "1 | 1.0 | -0 | 2.5 | 9007199254740992 | -",
        &[
            (r#""operator":"equals","value":1"#, "110000"),
            (r#""operator":"equals","value":"1""#, "110000"),
            (r#""operator":"equals","value":"1.00""#, "110000"),
            (r#""operator":"equals","value":0"#, "001000"),
            (r#""operator":"equals","value":"-0""#, "001000"),
            (r#""operator":"not_equals","value":1"#, "001111"),
            (r#""operator":"in","values":[1,"2.5"]"#, "110100"),
            (r#""operator":"not_in","values":[1,2.5]"#, "001011"),
            (r#""operator":"greater_than","value":1"#, "000110"),
            (r#""operator":"at_least","value":1"#, "110110"),
            (r#""operator":"less_than","value":1"#, "001000"),
            (r#""operator":"at_most","value":1"#, "111000"),
            (r#""operator":"between","from":0,"to":2.5"#, "111100"),
            (r#""operator":"between","from":2.5,"to":0"#, "000000"),
            (r#""operator":"exists""#, "111110"),
            (r#""operator":"equals","value":9007199254740992"#, "000010"),
            (r#""operator":"equals","value":9007199254740993"#, "value"),
            (r#""operator":"equals","value":"9007199254740993""#, "value"),
            (r#""operator":"equals","value":"042""#, "value"),
            (r#""operator":"equals","value":"many""#, "value"),
            (r#""operator":"equals","value":true"#, "value"),
            (r#""operator":"in","values":[1,"x"]"#, "values[1]"),
            (r#""operator":"between","from":1,"to":"x""#, "to"),
            (r#""operator":"contains","value":1"#, "operator"),
            (r#""operator":"equals","value":1,"case_insensitive":true"#, "case_insensitive"),
        ],
    );
}

#[test]
fn booleans() {
    let cases = [
        (r#""operator":"equals","value":true"#, "100"),
        (r#""operator":"equals","value":"true""#, "100"),
        (r#""operator":"not_equals","value":true"#, "011"),
        (r#""operator":"in","values":[true,false]"#, "110"),
        (r#""operator":"exists""#, "110"),
        (r#""operator":"greater_than","value":false"#, "operator"),
        (r#""operator":"equals","value":"yes""#, "value"),
    ];
    check("true | false | -", &cases);
    check("true | false | -", &[(r#""operator":"equals","value":1"#, "value")]);
    let declared = Declared::from_name("boolean");
    check_in("1 | 0 | -", declared, &cases, &at(AS_OF, "UTC"));
    check_in("1 | 0 | 2", declared, &[(r#""operator":"equals","value":1"#, "100")], &at(AS_OF, "UTC"));
}

#[test]
fn declared_integers() {
    let cases = [
        (r#""operator":"equals","value":"1004""#, "110"),
        (r#""operator":"at_least","value":1004.5"#, "001"),
    ];
    check_in(
        "1004.0 | \"1004\" | 9007199254740993",
        Declared::from_name("integer"),
        &cases,
        &at(AS_OF, "UTC"),
    );
}

#[test]
fn dates() {
    check(
        r#""2026-09-01" | "2026-08-31" | "2026-08-26" | "2026-08-25" | "2026-09-07" | "2026-09-08" | -"#,
        &[
            (r#""operator":"equals","value":"2026-09-01""#, "1000000"),
            (r#""operator":"before","value":"2026-09-01""#, "0111000"),
            (r#""operator":"after","value":"2026-09-01""#, "1000110"),
            (r#""operator":"between","from":"2026-08-31","to":"2026-09-01""#, "1100000"),
            (r#""operator":"greater_than","value":"2026-09-07""#, "0000010"),
            (r#""operator":"in_last","value":7,"unit":"day""#, "1110000"),
            (r#""operator":"in_last","value":1,"unit":"week""#, "1110000"),
            (r#""operator":"in_last","value":1,"unit":"day""#, "1000000"),
            (r#""operator":"in_next","value":7,"unit":"day""#, "1000100"),
            (r#""operator":"in_last","value":1,"unit":"month""#, "1111000"),
            (r#""operator":"in_last","value":9007199254740992,"unit":"month""#, "1111000"),
            (r#""operator":"in_last","value":24,"unit":"hour""#, "unit"),
            (r#""operator":"equals","value":"2026-09-01T00:00:00Z""#, "value"),
            (r#""operator":"equals","value":20260901"#, "value"),
            (r#""operator":"equals","value":"2026-02-29""#, "value"),
        ],
    );
    // Where it is already the second of September.
    let today = [(r#""operator":"in_next","value":1,"unit":"day""#, "01")];
    check_in(r#""2026-09-01" | "2026-09-02""#, None, &today, &at("2026-09-01T12:00:00Z", "Pacific/Auckland"));
}

#[test]
fn datetimes() {
    check(
        r#""2026-09-01T07:00:00Z" | "2026-09-01T09:59:59.999999+03:00" | "2026-08-31T07:00:00Z" | "2026-08-01T07:00:00Z" | "2026-09-01T08:00:00Z" | -"#,
        &[
            (r#""operator":"equals","value":"2026-09-01T10:00:00+03:00""#, "100000"),
            (r#""operator":"before","value":"2026-09-01T07:00:00Z""#, "011100"),
            (r#""operator":"after","value":"2026-09-01T07:00:00Z""#, "100010"),
            (r#""operator":"in_last","value":1,"unit":"day""#, "011000"),
            (r#""operator":"in_last","value":24,"unit":"hour""#, "011000"),
            (r#""operator":"in_last","value":1,"unit":"month""#, "011100"),
            (r#""operator":"in_next","value":60,"unit":"minute""#, "100000"),
            (r#""operator":"in_next","value":61,"unit":"minute""#, "100010"),
            (r#""operator":"anniversary_in_next","value":1,"unit":"hour""#, "unit"),
            (r#""operator":"equals","value":"2026-09-01""#, "value"),
            (r#""operator":"equals","value":"2026-09-01T07:00:00""#, "value"),
            (r#""operator":"equals","value":"2026-09-01T07:00:00.0000001Z""#, "value"),
            (r#""operator":"in_last","value":0,"unit":"day""#, "value"),
            (r#""operator":"in_last","value":1.5,"unit":"day""#, "value"),
            (r#""operator":"in_last","value":1,"unit":"year""#, "unit"),
            (r#""operator":"in_last","value":1"#, "unit"),
        ],
    );
}

#[test]
fn months_clamp_and_clocks_are_moved() {
    let last_month = r#""operator":"in_last","value":1,"unit":"month""#;
    let cases = |expected| [(last_month, expected)];
    // The 31st of March less a month is the 28th of February.
    check_in(
        r#""2026-02-28T12:00:00Z" | "2026-02-28T11:59:59Z""#,
        None,
        &cases("10"),
        &at("2026-03-31T12:00:00Z", "UTC"),
    );
    // 02:30 on 29 March 2026 was skipped in Berlin: the first instant after it is 01:00 UTC.
    check_in(
        r#""2026-03-29T01:00:00Z" | "2026-03-29T00:59:59.999999Z" | "2026-03-29T01:30:00Z""#,
        None,
        &cases("101"),
        &at("2026-04-29T00:30:00Z", "Europe/Berlin"),
    );
    // 02:30 on 25 October 2026 came twice in Berlin: the first was at 00:30 UTC.
    check_in(
        r#""2026-10-25T00:30:00Z" | "2026-10-25T00:29:59Z" | "2026-10-25T01:00:00Z""#,
        None,
        &cases("101"),
        &at("2026-11-25T01:30:00Z", "Europe/Berlin"),
    );
    // 30 December 2011 was skipped in Samoa.
    check_in(
        r#""2011-12-30T10:00:00Z" | "2011-12-30T09:59:59Z""#,
        None,
        &cases("10"),
        &at("2012-01-30T00:00:00Z", "Pacific/Apia"),
    );
}

#[test]
fn anniversaries() {
    let week = r#""operator":"anniversary_in_next","value":7,"unit":"day""#;
    check(
        r#""2000-09-01" | "2000-09-07" | "2000-09-08" | "2000-08-31" | "2026-09-02" | "2027-09-02" | "2025-09-02""#,
        &[(week, "1100001"), (r#""operator":"anniversary_in_next","value":12,"unit":"month""#, "1111001")],
    );
    check_in(
        r#""2000-02-29" | "2000-02-28" | "2000-03-01""#,
        None,
        &[(week, "110")],
        &at("2026-02-22T00:00:00Z", "UTC"),
    );
    check_in(r#""2000-02-29" | "2000-02-28""#, None, &[(week, "01")], &at("2028-02-22T00:00:00Z", "UTC"));
    check_in(r#""1999-12-31" | "1999-01-03""#, None, &[(week, "11")], &at("2026-12-30T00:00:00Z", "UTC"));
    // The local day of an instant counts: on the second of September it is the first in New York.
    check_in(
        r#""2000-09-02T01:00:00Z" | "2000-09-02T05:00:00Z""#,
        None,
        &[(r#""operator":"anniversary_in_next","value":1,"unit":"day""#, "10")],
        &at("2026-09-01T12:00:00Z", "America/New_York"),
    );
}

#[test]
fn arrays() {
    check(
        r#"["a","B"] | ["a","a"] | [] | -"#,
        &[
            (r#""operator":"contains","value":"a""#, "1100"),
            (r#""operator":"not_contains","value":"a""#, "0011"),
            (r#""operator":"contains","value":"b""#, "0000"),
            (r#""operator":"contains","value":"b","case_insensitive":true"#, "1000"),
            (r#""operator":"contains_any","values":["B","x"]"#, "1000"),
            (r#""operator":"contains_any","values":[]"#, "0000"),
            (r#""operator":"contains_all","values":["a","B"]"#, "1000"),
            (r#""operator":"contains_all","values":[]"#, "1110"),
            (r#""operator":"exists""#, "1110"),
            (r#""operator":"not_exists""#, "0001"),
            (r#""operator":"equals","value":"a""#, "operator"),
            (r#""operator":"in","values":["a"]"#, "operator"),
            (r#""operator":"starts_with","value":"a""#, "operator"),
            (r#""operator":"contains","value":["a"]"#, "value"),
        ],
    );
    check(
        "[1, 2.50] | [3]",
        &[
            (r#""operator":"contains","value":"2.5""#, "10"),
            (r#""operator":"contains_any","values":[3,1]"#, "11"),
            (r#""operator":"contains","value":"x""#, "value"),
            (r#""operator":"contains","value":1,"case_insensitive":true"#, "case_insensitive"),
        ],
    );
    check("[\"2026-09-01\"] | []", &[(r#""operator":"contains","value":"2026-09-01""#, "10")]);
    check("[true] | [false, true]", &[(r#""operator":"contains_all","values":[true,false]"#, "01")]);
    check(
        r#"["2026-09-01T00:00:00Z"] | ["2026-09-01T03:00:00+03:00"]"#,
        &[(r#""operator":"contains","value":"2026-09-01T00:00:00Z""#, "11")],
    );
    check("[] | []", &[(r#""operator":"contains","value":true"#, "00"), (r#""operator":"exists""#, "11")]);
}

#[test]
fn identifiers() {
    let world = world("- | -", None);
    let first = world.profiles[0].id;
    let asked = |definition: &str| answers(&world, definition, &at(AS_OF, "UTC")).unwrap();
    assert_eq!(
        asked(&format!(r#"{{"attribute":"profile_id","operator":"equals","value":"{first}"}}"#)),
        "10"
    );
    assert_eq!(
        asked(&format!(r#"{{"attribute":"profile_id","operator":"greater_than","value":"{first}"}}"#)),
        "01"
    );
    assert_eq!(asked(r#"{"attribute":"profile_id","operator":"not_in","values":["x"]}"#), "11");
    assert_eq!(asked(r#"{"attribute":"profile_id","operator":"not_exists"}"#), "00");
    assert_eq!(asked(r#"{"attribute":"user_id","operator":"ends_with","value":"1"}"#), "01");
    assert_eq!(asked(r#"{"attribute":"email","operator":"not_exists"}"#), "11");
}
