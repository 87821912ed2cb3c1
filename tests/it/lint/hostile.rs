//! Text that means harm, or is merely odd: an answer, and soon.

use super::{said, text};

#[test]
fn aliases_mean_what_they_mean_to_kubernetes() {
    let manifest = "apiVersion: v1
kind: ConfigMap
metadata: &meta
  name: a
  labels: &labels {app: a}
data: &data
  a: \"1\"
  <<: {b: \"2\", a: \"3\"}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: b
  labels: {app: *x}
";
    assert_eq!(said(manifest, &[]), ["error yaml-alias 14"]);
    let manifest = manifest.replace("*x", "a");
    assert_eq!(said(&manifest, &[]), [] as [&str; 0]);
    let shared = "apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - &one {name: a, image: 'a:1', imagePullPolicy: &never Nevr}
  - <<: *one
    name: b
";
    let without = [
        "container-",
        "seccomp",
        "capab",
        "resources",
        "root-",
        "privilege",
        "network",
    ];
    assert_eq!(said(shared, &without), ["error word-unknown 6"]);
}

/// Blanks are put in front of lines until the strict parser is content: not more than a text is worth.
#[test]
fn lines_to_be_indented_by_the_thousand_are_given_up() {
    let quotes: String = (0..900).map(|n| format!("  k{n}: \"x\ny\"\n")).collect();
    let deep = format!("{}x: \"\n{}\"\n", "- ".repeat(50_000), "y\n".repeat(50_000));
    let brackets = format!("  {}x: [\ny\n]\n", "- ".repeat(100)).repeat(900);
    for text in [
        format!("a:\n{quotes}"),
        format!("{}# c\na:\n{quotes}", " ".repeat(500_000)),
        format!("a:\n{brackets}"),
        deep,
    ] {
        let found = said(&text, &[]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("error yaml-"), "{found:?}");
    }
    // A few are put right, document by document.
    let few = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b}\ndata:\n  a: \"x\ny\"\n";
    let many: String = (0..200)
        .map(|n| few.replace("name: a", &format!("name: a{n}")))
        .collect();
    assert_eq!(said(&many, &["references-outside"]), [] as [&str; 0]);
}

#[test]
fn aliases_that_multiply_are_refused() {
    let mut manifest = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..10 {
        let below = vec![format!("*a{}", level - 1); 9].join(", ");
        manifest += &format!("a{level}: &a{level} [{below}]\n");
    }
    assert_eq!(said(&manifest, &[]), ["error yaml-expansion 6"]);
    let mut deep = String::from("a0: &a0 [x]\n");
    for level in 1..1_000 {
        deep += &format!("a{level}: &a{level} [[[*a{}]]]\n", level - 1);
    }
    assert_eq!(said(&deep, &[]).len(), 1);
}

#[test]
fn texts_without_objects_are_told_or_skipped() {
    let cases: &[(&str, &[&str])] = &[
        ("", &[]),
        ("# only a comment\n", &[]),
        ("---\n---\n# nothing\n---\n", &[]),
        ("a: 1\n", &["error not-an-object 1"]),
        ("- a\n", &["error not-an-object 1"]),
        ("text\n", &["error not-an-object 1"]),
        ("apiVersion: v1\n", &["error not-an-object 1"]),
        ("kind: Pod\n", &["error not-an-object 1"]),
        ("apiVersion: [v1]\nkind: {}\n", &["error not-an-object 2"]),
        (
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n",
            &["note skipped"],
        ),
        (
            "apiVersion: v2\nname: chart\nversion: 1.0.0\n",
            &["note skipped"],
        ),
        ("kind: List\napiVersion: v1\nitems: []\n", &[]),
        (
            "image: {{ .Values.image }}\nfoo: {{- if x }}\n",
            &["error template-not-rendered 1"],
        ),
        (
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: 1}\n",
            &["error object-type-wrong 4"],
        ),
        (
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n",
            &[],
        ),
        (
            "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\",\n\t\"metadata\": {\"name\": \"A\"}}",
            &["error name-malformed 2"],
        ),
        (
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nmetadata: {name: b}\n",
            &["error yaml-duplicate-key 4"],
        ),
        (
            "apiVersion: v1\nkind: Cofigmap\nmetadata: {name: a}\n",
            &["error object-kind-unknown 2"],
        ),
        (
            "apiVersion: argoproj.io/v1alpha1\nkind: Experiment\nmetadata: {name: a}\nspec: {templates: []}\nstatus: {phase: Running, abort: true}\n",
            &[
                "warning experiment-endless 4",
                "warning field-empty 4",
                "warning object-status-present 5",
                "error object-field-unknown 5",
            ],
        ),
        (
            "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nstatus: {loadBalancer: {}}\nspec: {ports: [{port: 1}], clusterIP: None}\n",
            &["warning object-status-present 4"],
        ),
        (
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndate: null\n",
            &["error object-field-unknown 4"],
        ),
        (
            "apiVersion: argoproj.io/v1alpha1\nkind: AnalysisTemplate\nmetadata: {name: a}\nspec: {args: null, metric: ~, templates: [{templateName: b}]}\n",
            &["error reference-missing 4", "error object-field-unknown 4"],
        ),
        (
            "apiVersion: argoproj.io/v1alpha1\nkind: AnalysisTemplate\nmetadata: {name: a}\nspec: {templates: [{templateName: b}]}\nstatus: {}\n",
            &["error reference-missing 4", "error object-field-unknown 5"],
        ),
    ];
    for (manifest, expected) in cases {
        assert_eq!(&said(manifest, &[]), expected, "{manifest:?}");
    }
}

#[test]
fn very_many_findings_are_cut() {
    let one = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: A}\n";
    let (_, report) = text(&one.repeat(9_000));
    assert_eq!(report.n_objects, 9_000);
    assert_eq!(report.findings.len(), tiphys::diagnostic::LIMIT + 1);
    let cut = report
        .findings
        .iter()
        .any(|one| one.code.name == "too-many-findings");
    assert!(cut);
}

#[test]
fn no_text_makes_it_panic() {
    let sound = include_str!("../../data/online-boutique/kubernetes-manifests.yaml");
    let sound: String = sound.chars().take(6_000).collect();
    let places: Vec<usize> = sound.char_indices().map(|(at, _)| at).step_by(13).collect();
    let odd = [
        "{", "[", "&a ", "*a ", "<<: ", "!!str ", "\n---\n", "\t", "'", "\"", "~", "0x", "- ", "%",
    ];
    for (n, at) in places.into_iter().enumerate() {
        let mut broken = sound.clone();
        broken.insert_str(at, odd[n % odd.len()]);
        text(&broken);
    }
}
