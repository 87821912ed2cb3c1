//! What is wrong with two things together is told with the places of both.

use std::path::Path;

use tiphys::compile::{Options, compile, complete};
use tiphys::diagnostic::{Diagnostics, Severity};
use tiphys::io;
use tiphys::source::{SourceFile, SourceTree};

/// Edits of `tests/fields` (file, from, to), the one error that they make, and the texts at its places.
type Case<'a> = (&'a [(&'a str, &'a str, &'a str)], &'a str, &'a [&'a str]);

const CASES: &[Case] = &[
    (
        &[(
            "services/mail.kdl",
            "http 8080",
            "http 8080\n also \"also/web-role.yaml\"",
        )],
        "object-duplicate",
        &[
            "also/web-role.yaml: web-role",
            "services/web.kdl: \"also/web-role.yaml\"",
            "services/mail.kdl: \"also/web-role.yaml\"",
        ],
    ),
    (
        &[(
            "also/web-role.yaml",
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: web-role}",
            "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web}\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: web-role}",
        )],
        "object-duplicate",
        &[
            "also/web-role.yaml: web",
            "services/web.kdl: \"also/web-role.yaml\"",
            "services/web.kdl: \"web\"",
        ],
    ),
    (
        &[(
            "also/web-role.yaml",
            "metadata: {name: web-role}",
            "metadata: {name: \"web:view\"}\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: web-view}\nrules: []\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: web-other}",
        )],
        "same-path",
        &[
            "also/web-role.yaml: \"web:view\"",
            "also/web-role.yaml: web-view",
        ],
    ),
    (
        &[(
            "services/mail.kdl",
            "http 8080",
            "http 8080\n expose via=\"edge\" host=\"www\" path=\"/\"",
        )],
        "route-clash",
        &[
            "services/web.kdl: expose via=\"edge\" host=\"www\" path=\"/\"",
            "services/mail.kdl: expose via=\"edge\" host=\"www\" path=\"/\"",
        ],
    ),
    (
        &[(
            "base/environment.kdl",
            "environment \"base\" {",
            "environment \"base\" like=\"qa\" {",
        )],
        "wrong-like",
        &[
            "qa/environment.kdl: \"base\"",
            "base/environment.kdl: \"qa\"",
        ],
    ),
    (
        &[(
            "components/manifests.kdl",
            "calls \"web\"",
            "calls \"web\"\n depends \"workflows\"",
        )],
        "dependency-cycle",
        &[
            "components/workflows.kdl: \"manifests\"",
            "components/manifests.kdl: \"workflows\"",
        ],
    ),
    (
        &[(
            "qa/environment.kdl",
            "everywhere { config STAGE=\"qa\"",
            "everywhere { size { replicas min=9; }; config STAGE=\"qa\"",
        )],
        "wrong-replicas",
        &["qa/environment.kdl: 9", "services/api.kdl: 4"],
    ),
];

fn fleet(edits: &[(&str, &str, &str)]) -> SourceTree {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fields");
    let mut files = io::load(&root, &mut Diagnostics::new())
        .unwrap()
        .into_files();
    for (path, from, to) in edits {
        let file = files
            .iter_mut()
            .find(|file| file.path.ends_with(path))
            .unwrap();
        assert!(file.text.contains(from), "{path} has no {from}");
        file.text = file.text.replacen(from, to, 1);
    }
    complete(SourceTree::new(
        files.into_iter().map(|file| SourceFile { ..file }),
    ))
}

#[test]
fn two_things_that_do_not_go_together_are_both_shown() {
    for (edits, code, places) in CASES {
        let sources = fleet(edits);
        let options = Options {
            date: "2027-01-01".into(),
            ..Options::default()
        };
        let found = compile(&sources, &options).findings;
        let errors = found.iter().filter(|one| one.severity == Severity::Error);
        let mut own = errors.filter(|one| one.code.name == *code);
        let error = own.next().unwrap_or_else(|| panic!("{code}: {found:#?}"));
        let shown: Vec<String> = error
            .labels
            .iter()
            .map(|label| {
                let path = sources.path(label.span.file);
                format!(
                    "{}: {}",
                    path.trim_start_matches("environments/"),
                    sources.slice(label.span)
                )
            })
            .collect();
        for place in *places {
            assert!(
                shown.iter().any(|one| one == place),
                "{code}: {place} is not in {shown:#?}"
            );
        }
    }
}
