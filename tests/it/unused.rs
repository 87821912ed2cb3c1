//! Files that nothing uses are told, each with its place and what to do.

use tiphys::compile::{Options, compile, complete};
use tiphys::diagnostic::{Diagnostics, Severity};
use tiphys::io;
use tiphys::source::{SourceFile, SourceTree};

/// Warnings about unused files in the reference fleet with these files: path, message, help.
fn unused(files: &[(&str, &str)]) -> Vec<(String, String, String)> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = io::load(root, &mut Diagnostics::new()).unwrap();
    let added = files.iter().map(|(path, text)| SourceFile {
        path: path.to_string(),
        text: text.to_string(),
    });
    let sources = complete(SourceTree::new(added.chain(sources.into_files())));
    let compiled = compile(&sources, &Options::default());
    let errors = compiled
        .findings
        .iter()
        .filter(|one| one.severity == Severity::Error);
    assert_eq!(errors.count(), 0, "{:#?}", compiled.findings);
    let found = compiled
        .findings
        .into_iter()
        .filter(|one| one.code.name == "unused-file");
    found
        .map(|one| {
            let path = sources.path(one.labels[0].span.file).to_string();
            (path, one.message, one.help.unwrap_or_default())
        })
        .collect()
}

#[test]
fn files_that_nothing_uses_are_told_with_what_to_do() {
    assert_eq!(unused(&[]), []);
    let crd = CRD.replace("NAME", "Widget");
    let found = unused(&[
        ("templates/deploymnt.yaml.j2", "kind: Deployment\n"),
        ("templates/sidecar.yaml.j2", "kind: X\n"),
        (
            "environments/also/rolle.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n",
        ),
        ("environments/also/check.sh", "true\n"),
        ("schemas/crds/widgets.yaml", &crd),
        (
            "environments/staging/services/lodgenerator.kdl",
            "service \"lodgenerator\" owner=\"commerce\"\n",
        ),
    ]);
    let expected = [
        (
            "environments/also/check.sh",
            "nothing names",
            "mount it by `volume",
        ),
        (
            "environments/also/rolle.yaml",
            "nothing names",
            "write `also \"also/rolle.yaml\"`",
        ),
        (
            "environments/staging/services/lodgenerator.kdl",
            "`staging` does not run `lodgenerator`",
            "did you mean `loadgenerator`?",
        ),
        ("schemas/crds/widgets.yaml", "`Widget`", "delete it"),
        (
            "templates/deploymnt.yaml.j2",
            "the template `deploymnt`",
            "did you mean `deployment`?",
        ),
        (
            "templates/sidecar.yaml.j2",
            "the template `sidecar`",
            "include it in a template",
        ),
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for ((path, message, help), (in_path, in_message, in_help)) in found.iter().zip(expected) {
        let all = path == in_path && message.contains(in_message) && help.contains(in_help);
        assert!(all, "{path}: {message}: {help}");
    }
}

#[test]
fn what_is_included_named_or_replaced_is_used() {
    let included = "{% include \"extra\" %}\n";
    let own = tiphys::render::builtin::TEMPLATES;
    let (path, text) = own
        .iter()
        .find(|(path, _)| path.ends_with("/service.yaml.j2"))
        .unwrap();
    let service = format!("{text}{included}");
    let found = unused(&[
        (path, &service),
        ("templates/extra.yaml.j2", "{% if false %}x: 1{% endif %}\n"),
        (
            "environments/staging/services/loadgenerator.kdl",
            LOADGENERATOR,
        ),
    ]);
    assert_eq!(found, []);
}

const LOADGENERATOR: &str = include_str!("../../environments/services/loadgenerator.kdl");

const CRD: &str = "\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {kind: NAME, plural: widgets}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object}}
";
