//! No text of a spec changes the structure of a manifest: it is refused, or it stays a value.

use proptest::prelude::*;
use tiphys::compile::{self, Options};
use tiphys::source::{SourceFile, SourceTree};
use tiphys::syntax::yaml;

/// Places of a text in a spec; `@` is where it goes, quoted as KDL wants it.
const SERVICE: &[&str] = &[
    "config LEVEL=@",
    "config { PLAIN \"a\"; LEVEL @; }",
    "command @ @",
    "args \"a\" @",
    "live @",
    "live \"/\" { headers X=@; }",
    "live { command @; }",
    "expose host=@ path=\"/\"",
    "expose host=\"cart\" path=@",
    "secret \"a\" path=@ { env KEY=\"key\"; }",
    "secret \"a\" path=\"a\" { env KEY=@; }",
    "secret \"a\" path=\"a\" { env @=\"key\"; }",
    "volume \"data\" mount=@",
    "volume @ mount=\"/data\"",
    "image @",
    "external @",
    "schedule { nodes pool=@; }",
    "schedule { nodes @=\"pool\"; }",
    "pull-secret @",
    "waive \"x\" reason=@ ticket=@ by=\"shop\" until=\"2027-01-01\"",
    "rollout canary { steps 50 100; observe \"15m\"; require smoke=@; }",
];

/// One text of each kind that some place takes; a network is another rule than a host.
const PLAIN: &[&str] = &[
    "",
    "a",
    "/a",
    "registry.example.com/a",
    "api.example.com:443",
    "b.example.com",
    "10.0.0.0/8:443",
];

const ENVIRONMENT: &str = r#"environment "test" {
    target kubernetes="1.36" argo-cd="3.5" argo-rollouts="1.10"
    cluster server="https://kubernetes.default.svc" zones=3
    sync auto
    traffic "edge" gateway="edge/public" convention="envoy-gateway" domain="example.com"
    metrics prometheus="http://prometheus.monitoring:9090" scraper="monitoring" scrape="15s"
    secrets store="ClusterSecretStore/vault" prefix="test/" refresh="15m"
    deploy "cart"
}
"#;

const FLEET: &str = r#"fleet "injected" {
    publish repository="https://git.example.com/a/deploy.git" branch="main" path="generated"
    images "registry.example.com/injected"
    registries "registry.example.com"
    team "shop" oncall="shop-primary" group="injected:shop" { approvers "dana@example.com"; }
    defaults { run-as user=1000; size cpu="100m" memory="64Mi" { replicas min=3 max=3; }; rollout rolling; }
}
"#;

const RELEASES: &str = "cart: {version: \"1.0.0\", digest: \"sha256:1000000000000000000000000000000000000000000000000000000000000000\"}\n";

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        out += &format!("\\u{{{:x}}}", c as u32);
    }
    out + "\""
}

/// What a spec with `text` in that place comes to: the kinds and names of its objects, and the
/// number of documents and keys of each; nothing where it is refused.
fn outline(place: &str, text: &str) -> Option<Vec<String>> {
    let line = place.replace('@', &quoted(text));
    let service = format!("service \"cart\" owner=\"shop\" {{\n http 8080 as=80\n {line}\n}}\n");
    let files = [
        ("environments/fleet.kdl", FLEET),
        ("environments/services/cart.kdl", &service),
        ("environments/test/environment.kdl", ENVIRONMENT),
        ("environments/test/releases.yaml", RELEASES),
    ];
    let files = files.map(|(path, text)| SourceFile {
        path: path.into(),
        text: text.into(),
    });
    let sources = compile::complete(SourceTree::new(files));
    let options = Options {
        date: "2026-01-01".into(),
        ..Options::default()
    };
    let result = compile::compile(&sources, &options);
    if result.has_errors() {
        return None;
    }
    let outlines = result.tree.files().map(|(path, text)| {
        let mut diags = tiphys::diagnostic::Diagnostics::new();
        let file = tiphys::source::FileId(0);
        let read = yaml::read_manifests(file, text, &mut diags);
        assert!(!diags.has_errors(), "{path}: {text}");
        let shapes: Vec<_> = read
            .iter()
            .map(|tree| shape(&yaml::to_value(tree)))
            .collect();
        let path = if place.contains("volume @") { "" } else { path };
        format!("{path} {}", shapes.join("---"))
    });
    let mut outlines: Vec<_> = outlines.filter(|one| !one.contains(".tiphys/")).collect();
    outlines.sort();
    Some(outlines)
}

/// The value with every text and number replaced; keys of maps of texts do not count.
fn shape(value: &tiphys::value::Value) -> String {
    use tiphys::value::Value;
    match value {
        Value::Map(map) => {
            let entries = map.iter().map(|(key, value)| match value {
                Value::Str(_) => format!("{}:s", if fixed(key) { key.as_str() } else { "*" }),
                value => format!("{key}:{}", shape(value)),
            });
            let mut entries: Vec<_> = entries.collect();
            entries.sort();
            format!("{{{}}}", entries.join(","))
        }
        Value::List(list) => {
            let items: Vec<_> = list.iter().map(shape).collect();
            format!("[{}]", items.join(","))
        }
        Value::Str(_) => "s".into(),
        Value::Null => "null".into(),
        _ => "n".into(),
    }
}

/// Keys of ours, not of a label, a node or a file.
fn fixed(key: &str) -> bool {
    [
        "name",
        "value",
        "kind",
        "apiVersion",
        "namespace",
        "image",
        "path",
        "mountPath",
        "key",
    ]
    .contains(&key)
}

fn hostile() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "a",
        "/",
        "/a",
        "a: b",
        "- c",
        "\n",
        "\r\n",
        "---",
        "...",
        "\n  hostNetwork: true\n",
        "{{",
        "}}",
        "{{ args.x }}",
        "${",
        "}",
        "{%",
        "#",
        "'",
        "\"",
        "\\",
        "&a",
        "*a",
        "!!str",
        "yes",
        "~",
        "null",
        "1e3",
        "0x1f",
        "1_000",
        "2024-01-01",
        "=",
        "<<",
        "|",
        ">",
        "%0A",
        "..",
        "?",
        "&b=c",
        "\u{85}",
        "\u{2028}",
        "$(A)",
        "$$",
        "api.example.com:443",
        "10.0.0.0/8:443",
        "\"} or vector(1) #",
        " ",
        "\t",
    ]);
    prop_oneof![
        prop::collection::vec(words, 0..4).prop_map(|words| words.concat()),
        any::<String>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn no_text_changes_the_structure_of_a_manifest(at in 0..SERVICE.len(), text in hostile()) {
        let place = SERVICE[at];
        let Some(found) = outline(place, &text) else {
            return Ok(());
        };
        // An empty variable is stored without its value, so it has an outline of its own.
        let expected: Vec<_> = PLAIN.iter().filter_map(|plain| outline(place, plain)).collect();
        prop_assert!(!expected.is_empty(), "`{place}` takes no plain text");
        prop_assert!(expected.contains(&found), "{place} with {text:?}: {found:#?}");
    }
}
