//! Rules, packs, levels and waivers on a small fleet; `baseline.txt` has one row a mistake.

use super::Policies;
use crate::diagnostic::{Diagnostics, Severity};
use crate::model::resolve;
use crate::model::testing::{assert_table, tree};
use crate::source::{SourceFile, SourceTree};
use crate::value::Value;

const DATE: &str = "2027-06-01";

fn check(sources: &SourceTree, diags: &mut Diagnostics) {
    let policies = Policies::load(sources, diags);
    if let Some(fleet) = resolve::resolve(sources, diags) {
        let judge = policies.judge(&fleet, diags);
        judge.check_model(sources, diags);
        judge.finish(DATE, true, true, diags);
    }
}

/// With every level at `error`.
fn strict(sources: &SourceTree, diags: &mut Diagnostics) {
    let policies = Policies::load(sources, diags);
    if let Some(mut fleet) = resolve::resolve(sources, diags) {
        fleet.spec.policies.0.clear();
        let set = tree(&[("fleet", "+", "policies production=\"error\"")]);
        let other = resolve::resolve(&set, &mut Diagnostics::new());
        fleet.spec.policies = other.map(|other| other.spec.policies).unwrap_or_default();
        let judge = policies.judge(&fleet, diags);
        judge.check_model(sources, diags);
        judge.finish(DATE, true, true, diags);
    }
}

#[test]
fn built_in_rules_say_what_is_wrong_and_where() {
    assert_table(include_str!("baseline.txt"), check);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a flat table")]
fn the_production_pack_asks_for_more() {
    let sound = [
        (
            "prod/env",
            "+",
            "quota cpu=\"8\" memory=\"16Gi\"; sync auto prune=\"confirm\"",
        ),
        ("services/web", "live \"/livez\"", "health \"/livez\""),
        ("services/cart", "ready \"/readyz\"", "health \"/readyz\""),
    ];
    let found = |edit: (&str, &str, &str)| {
        let edits: Vec<_> = sound.iter().copied().chain([edit]).collect();
        let mut diags = Diagnostics::new();
        strict(&tree(&edits), &mut diags);
        let found = diags.into_sorted();
        found.iter().map(|one| one.code.name).collect::<Vec<_>>()
    };
    assert_eq!(found(("fleet", "+", "")), Vec::<&str>::new());
    for (edit, code) in [
        (
            (
                "services/cart",
                "rollout rolling",
                "rollout rolling; size { replicas min=1 max=3; }",
            ),
            "single-replica",
        ),
        (("prod/env", " zones=3", ""), "single-zone"),
        (("services/cart", "health \"/readyz\"", ""), "no-probes"),
        (
            ("prod/rel", "version: '1.0.0'", "version: latest"),
            "floating-image",
        ),
        (
            (
                "services/cart",
                "owner=\"payments\"",
                "owner=\"payments\" tier=\"critical\"",
            ),
            "unjudged-rollout",
        ),
        (
            ("fleet", "approvers \"dana\" \"eli\"", "approvers \"dana\""),
            "",
        ),
        (
            ("prod/env", "quota cpu=\"8\" memory=\"16Gi\";", ""),
            "no-quota",
        ),
        (
            ("prod/env", "prune=\"confirm\"", "prune=\"auto\""),
            "unconfirmed-prune",
        ),
    ] {
        let found = found(edit);
        assert!(
            found.contains(&code) || code.is_empty() && found.is_empty(),
            "{edit:?} {found:?}"
        );
    }
    let critical = (
        "services/web",
        "owner=\"payments\"",
        "owner=\"payments\" tier=\"critical\"",
    );
    assert_eq!(found(critical), ["no-slo"]);
    let unwatched = [critical, ("web", "errors=\"<1%\"", "smoke=\"/livez\"")];
    let mut diags = Diagnostics::new();
    strict(&tree(&unwatched), &mut diags);
    assert!(diags.iter().any(|one| one.code.name == "unwatched-errors"));
    let alone = [
        ("fleet", "approvers \"dana\" \"eli\"", "approvers \"dana\""),
        critical,
    ];
    let mut diags = Diagnostics::new();
    strict(&tree(&alone), &mut diags);
    assert!(diags.iter().any(|one| one.code.name == "few-approvers"));
}

#[test]
fn a_waiver_is_used_also_where_its_pack_is_off() {
    let edits = |waiver| {
        [
            (
                "services/job",
                "rollout rolling",
                "rollout rolling; size { replicas min=1 max=1; }",
            ),
            ("services/job", "+", waiver),
        ]
    };
    let found = |waiver, date, is_check| {
        let sources = tree(&edits(waiver));
        let mut diags = Diagnostics::new();
        let policies = Policies::load(&sources, &mut diags);
        let fleet = resolve::resolve(&sources, &mut diags).unwrap();
        let judge = policies.judge(&fleet, &mut diags);
        judge.check_model(&sources, &mut diags);
        judge.finish(date, is_check, true, &mut diags);
        let found = diags.into_sorted();
        found
            .iter()
            .map(|one| (one.code.name, one.severity))
            .collect::<Vec<_>>()
    };
    let waiver =
        "waive \"single-replica\" reason=\"r\" ticket=\"t\" by=\"payments\" until=\"2027-06-01\"";
    assert_eq!(found(waiver, "2027-06-01", true), []);
    assert_eq!(
        found(waiver, "2027-06-02", true),
        [("expired-waiver", Severity::Error)]
    );
    assert_eq!(
        found(waiver, "2027-06-02", false),
        [("expired-waiver", Severity::Warning)]
    );
}

fn with_pack(pack: &str) -> SourceTree {
    let files = tree(&[]).into_files().into_iter();
    SourceTree::new(files.chain([SourceFile {
        path: "schemas/policy/house.yaml".into(),
        text: pack.into(),
    }]))
}

fn findings(pack: &str) -> Vec<(String, String)> {
    let mut diags = Diagnostics::new();
    check(&with_pack(pack), &mut diags);
    let found = diags.into_sorted().into_iter();
    found
        .map(|one| (one.code.name.to_string(), one.message))
        .collect()
}

const HEAD: &str = "policy: house\nrules:\n- code: house-tier\n  severity: error\n  selects: service\n  message: '`{name}` has no tier'\n  help: write a tier\n";

#[test]
fn a_pack_of_ones_own_is_a_file() {
    let found = findings(&format!("{HEAD}  schema: {{required: [tier]}}\n"));
    let messages: Vec<_> = found.iter().map(|(_, message)| message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "`cart` has no tier (in `prod`)",
            "`job` has no tier (in `prod`)",
            "`web` has no tier (in `prod`)"
        ]
    );
    assert_eq!(findings(&format!("{HEAD}  cel: size(self.name) > 2\n")), []);
    let failed = findings(&format!("{HEAD}  cel: self.tier == 'low'\n"));
    assert!(
        failed.iter().all(|(code, _)| code == "policy-not-checked") && failed.len() == 3,
        "{failed:?}"
    );
}

#[test]
fn a_rule_that_cannot_be_used_is_refused() {
    for (rule, part) in [
        (
            "schema: {$ref: 'https://example.com/x.json'}",
            "is not one of its `$defs`",
        ),
        (
            "schema: {$ref: 'file:///etc/passwd'}",
            "is not one of its `$defs`",
        ),
        ("schema: {$ref: '#'}", "is not one of its `$defs`"),
        (
            "schema: {$ref: '#/$defs/a', $defs: {a: {allOf: [{$ref: '#/$defs/a'}]}}}",
            "refers to itself",
        ),
        (
            "schema: {properties: {name: {pattern: '(a+)+\\1$'}}}",
            "cannot be used",
        ),
        (
            "schema: {properties: {name: {pattern: '(?=a)b'}}}",
            "cannot be used",
        ),
        ("schema: {type: 7}", "cannot be used"),
        ("cel: 'self.name =='", "syntax"),
        ("check: nothing", "`registries` and `secrets`"),
        ("sceham: {}", "no field `sceham`"),
        ("schema: {}\n  cel: 'true'", "exactly one"),
    ] {
        let found = findings(&format!("{HEAD}  {rule}\n"));
        assert!(
            found
                .iter()
                .any(|(code, message)| code == "wrong-policy" && message.contains(part)),
            "{rule} {found:?}"
        );
    }
    let mut doubling = String::from("a0: {}");
    for n in 1..40 {
        let last = n - 1;
        doubling.push_str(&format!(
            ", a{n}: {{allOf: [{{$ref: '#/$defs/a{last}'}}, {{$ref: '#/$defs/a{last}'}}]}}"
        ));
    }
    let found = findings(&format!(
        "{HEAD}  schema: {{$ref: '#/$defs/a39', $defs: {{{doubling}}}}}\n"
    ));
    assert!(found[0].1.contains("too large"), "{found:?}");
}

#[test]
fn catastrophic_patterns_are_matched_in_linear_time() {
    let text = format!(
        "{HEAD}  schema: {{properties: {{config: {{additionalProperties: {{not: {{pattern: '^(a+)+$'}}}}}}}}}}\n"
    );
    let value = "a".repeat(50_000) + "!";
    let mut files = with_pack(&text).into_files();
    for file in &mut files {
        if file.path.ends_with("services/cart.kdl") {
            file.text = file
                .text
                .replace("/*+*/", &format!("config LONG=\"{value}\""));
        }
    }
    let mut diags = Diagnostics::new();
    check(&SourceTree::new(files), &mut diags);
    assert!(diags.is_empty());
}

#[test]
fn rules_on_objects_point_into_them() {
    let sources = tree(&[]);
    let mut diags = Diagnostics::new();
    let policies = Policies::load(&sources, &mut diags);
    let fleet = resolve::resolve(&sources, &mut diags).unwrap();
    let judge = policies.judge(&fleet, &mut diags);
    let object = |spec: &str| {
        let text = format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: x}}\nspec: {{template: {{spec: {spec}}}}}\n"
        );
        let mut diags = Diagnostics::new();
        let yaml = crate::syntax::yaml::read(crate::source::FileId(0), &text, &mut diags).unwrap();
        crate::syntax::yaml::to_value(&yaml)
    };
    let found = |value: &Value| {
        let found = judge.check_object("prod", "cart", value);
        found
            .into_iter()
            .map(|one| (one.code.name, one.pointer))
            .collect::<Vec<_>>()
    };
    let sound = "{securityContext: {runAsNonRoot: true}, containers: [{name: a, image: 'registry.example.com/a@sha256:4f534f534f534f534f534f534f534f534f534f534f534f534f534f534f534f53', resources: {requests: {cpu: 1, memory: 1}, limits: {memory: 1}}}]}";
    assert_eq!(found(&object(sound)), []);
    let wrong = "{hostNetwork: true, containers: [{name: a}]}";
    let at = |pointer: &str| pointer.to_string();
    assert_eq!(
        found(&object(wrong)),
        [
            ("no-resources", at("/spec/template/spec/containers/0")),
            ("run-as-root", at("/spec/template/spec/containers/0")),
            ("privileged-pod", at("/spec/template/spec/hostNetwork")),
        ]
    );
    assert!(judge.check_object("prod", "cart", &Value::Null).is_empty());
}

#[test]
fn every_built_in_rule_has_a_code_that_is_explained() {
    let policies = Policies::load(&SourceTree::default(), &mut Diagnostics::new());
    let codes: Vec<_> = policies.codes().collect();
    assert_eq!(codes.len(), 18);
    assert!(codes.iter().all(|code| super::CODES.contains(code)));
}

#[test]
fn a_wrong_severity_is_told_where_it_is_written() {
    let pack = HEAD.replace("severity: error", "severity: eror") + "  schema: {required: [tier]}\n";
    let sources = with_pack(&pack);
    let mut diags = Diagnostics::new();
    check(&sources, &mut diags);
    let finding = diags.iter().find(|one| one.message.contains("`eror`"));
    let place = finding.map(|one| sources.slice(one.labels[0].span));
    assert_eq!(place, Some("eror"));
}
