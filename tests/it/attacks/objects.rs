//! Manifests of one's own, definitions and policies that are hostile.

use super::Fleet;
use super::fleet::all;

const CART: &str = "environments/services/cart.kdl";
const ALSO: &str = "environments/also/a.yaml";

/// A file beside the service `cart`, and what it is refused for.
fn beside(cases: &[(&str, &str, &[&str])]) {
    all(cases.iter().map(|(what, text, codes)| {
        let fleet = Fleet::sound();
        fleet.write(ALSO, text);
        fleet.add(CART, "also \"also/a.yaml\"");
        fleet.refusal(what, codes)
    }));
}

#[test]
fn manifests_beside_a_service_are_checked() {
    beside(&[
        (
            "one identity twice",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
            &["object-duplicate"],
        ),
        (
            "the identity of ours",
            "apiVersion: v1\nkind: Service\nmetadata: {name: cart}\nspec: {ports: [{port: 80}]}\n",
            &["object-duplicate"],
        ),
        (
            "an unknown kind",
            "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a}\n",
            &["object-kind-unknown"],
        ),
        ("no kind", "metadata: {name: a}\n", &["not-an-object"]),
        ("a list of nothing", "[]\n", &["not-an-object"]),
        ("a string", "hello\n", &["not-an-object"]),
        (
            "a List of nothing",
            "apiVersion: v1\nkind: List\n",
            &["empty-list"],
        ),
        (
            "a List without a list",
            "apiVersion: v1\nkind: List\nitems: {}\n",
            &["empty-list"],
        ),
        (
            "an unknown field",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndatas: {}\n",
            &["object-field-unknown"],
        ),
        (
            "a status",
            "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 80}]}\nstatus: {}\n",
            &["object-status-present"],
        ),
        (
            "a null",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: ~\n",
            &["object-value-null"],
        ),
    ]);
}

#[test]
fn definitions_that_point_outside_or_blow_up_are_refused() {
    let definition = |schema: &str| {
        format!(
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: things.example.com}}\nspec:\n  group: example.com\n  names: {{kind: Thing, plural: things}}\n  scope: Namespaced\n  versions:\n  - name: v1\n    served: true\n    storage: true\n    schema:\n      openAPIV3Schema: {schema}\n"
        )
    };
    let deep = format!(
        "{}{}",
        "{type: object, properties: {a: ".repeat(30),
        format_args!("{{type: string}}{}", "}}".repeat(30))
    );
    let cases: &[(&str, String)] = &[
        (
            "a remote reference",
            definition("{type: object, properties: {a: {$ref: 'http://169.254.169.254/'}}}"),
        ),
        (
            "a reference to a file",
            definition("{type: object, properties: {a: {$ref: 'file:///etc/passwd'}}}"),
        ),
        (
            "a reference to itself",
            definition("{type: object, properties: {a: {$ref: '#'}}}"),
        ),
        (
            "not a definition",
            "apiVersion: v1\nkind: ConfigMap\n".into(),
        ),
    ];
    all(cases.iter().map(|(what, text)| {
        let fleet = Fleet::sound();
        fleet.write("schemas/crds/a.yaml", text);
        fleet.refusal(what, &["crd-unusable"])
    }));
    let fleet = Fleet::sound();
    fleet.write("schemas/crds/a.yaml", definition(&deep));
    let run = fleet.run(&["check"]);
    assert!([0, 3].contains(&run.exit), "{}", run.text);
    all(["(", "((a{1000}){1000}){1000}", "a(?=b)"]
        .iter()
        .map(|pattern| {
            let schema = format!(
                "{{type: object, properties: {{a: {{type: string, pattern: '{pattern}'}}}}}}"
            );
            let fleet = Fleet::sound();
            fleet.write("schemas/crds/a.yaml", definition(&schema));
            fleet.refusal(pattern, &["crd-unusable"])
        }));
}

#[test]
fn policies_that_point_outside_or_blow_up_are_refused() {
    let policy = |schema: &str| {
        format!(
            "policy: house\nrules:\n- code: house-tier\n  severity: error\n  selects: service\n  message: '`{{name}}` is odd'\n  help: correct it\n  schema: {schema}\n"
        )
    };
    let fleet = Fleet::sound();
    fleet.write("schemas/policy/a.yaml", policy("{type: object}"));
    let run = fleet.run(&["check"]);
    assert_eq!(run.exit, 0, "{}", run.text);
    let cases: &[(&str, &str)] = &[
        ("a remote reference", "{$ref: 'http://169.254.169.254/'}"),
        ("a reference to a file", "{$ref: 'file:///etc/passwd'}"),
        ("a reference to itself", "{$ref: '#'}"),
        (
            "another dialect",
            "{$schema: 'http://json-schema.org/draft-04/schema'}",
        ),
        ("an open group", "{properties: {name: {pattern: '('}}}"),
        ("a look around", "{properties: {name: {pattern: '(?=a)b'}}}"),
        (
            "a back reference",
            "{properties: {name: {pattern: '(a+)+\\1$'}}}",
        ),
        (
            "a large pattern",
            "{properties: {name: {pattern: '((a{1000}){1000}){1000}'}}}",
        ),
    ];
    all(cases.iter().map(|(what, schema)| {
        let fleet = Fleet::sound();
        fleet.write("schemas/policy/a.yaml", policy(schema));
        fleet.refusal(what, &["wrong-policy"])
    }));
}

#[test]
fn a_pattern_that_backtracks_elsewhere_ends_here() {
    let fleet = Fleet::sound();
    fleet.write("schemas/crds/a.yaml", "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: things.example.com}\nspec:\n  group: example.com\n  names: {kind: Thing, plural: things}\n  scope: Namespaced\n  versions:\n  - name: v1\n    served: true\n    storage: true\n    schema:\n      openAPIV3Schema: {type: object, properties: {a: {type: string, pattern: '^(a+)+$'}}}\n");
    fleet.write(
        ALSO,
        format!(
            "apiVersion: example.com/v1\nkind: Thing\nmetadata: {{name: a}}\na: {}b\n",
            "a".repeat(100_000)
        ),
    );
    fleet.add(CART, "also \"also/a.yaml\"");
    let run = fleet.refuses("a long text", &["object-value-wrong"]);
    assert!(run.text.len() < 20_000, "{} bytes", run.text.len());
}

#[test]
fn the_terminal_is_not_the_authors() {
    let name = "a\\u001b[2J\\u001b]8;;http://evil\\u0007";
    let fleet = Fleet::sound();
    fleet.write(
        ALSO,
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: \"{name}\"}}\n"),
    );
    fleet.add(CART, "also \"also/a.yaml\"");
    for format in ["human", "json", "sarif", "github", "junit"] {
        let run = fleet.run(&["check", "--format", format]);
        assert_eq!(run.exit, 3, "{}", run.text);
        assert!(
            !run.text.contains(['\u{1b}', '\u{7}']),
            "{format}: {}",
            run.text
        );
    }
}
