//! Routes and network policies: what fleets in memory, and the reference fleet, come to.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "these tests read the repository's own files"
)]

mod evaluate;
mod policies;
mod reachability;
mod routes;

use std::path::Path;

use tiphys::compile::{self, Options, Session};
use tiphys::diagnostic::Diagnostics;
use tiphys::draft::Draft;
use tiphys::model::resolve;
use tiphys::plan::{Content, Planned};
use tiphys::source::{SourceFile, SourceTree};
use tiphys::value::Value;
use tiphys::{emit, verify};

/// The objects of some kinds, as files: path below the environment, and object.
pub type Objects = Vec<(String, Value)>;

/// The reference fleet.
pub fn reference() -> SourceTree {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    tiphys::io::load(root, &mut Diagnostics::new()).unwrap()
}

/// A fleet of one environment, `test`. `services` are KDL, one a service.
pub fn fleet(environment: &str, services: &[&str]) -> SourceTree {
    let file = |path: String, text: String| SourceFile { path, text };
    let mut files = vec![file(
        "environments/fleet.kdl".into(),
        "fleet \"demo\" { images \"registry.example.com/demo\" }".into(),
    )];
    let mut deploy = String::new();
    for text in services {
        let (noun, rest) = text.trim().split_once(" \"").unwrap();
        let name = rest.split('"').next().unwrap();
        let verb = ["deploy", "install"][usize::from(noun == "component")];
        deploy += &format!("{verb} \"{name}\"\n");
        files.push(file(
            format!("environments/{noun}s/{name}.kdl"),
            text.to_string(),
        ));
    }
    let text = format!("environment \"test\" {{\n{environment}\n{deploy}}}");
    files.push(file("environments/test/environment.kdl".into(), text));
    SourceTree::new(files)
}

/// What the templates `wanted` make for the services of an environment: without a finding, and
/// valid.
pub fn objects(sources: SourceTree, environment: &str, wanted: &[&str]) -> Objects {
    let mut objects = Objects::new();
    drafts(sources, environment, |session, planned, draft, diags| {
        if !wanted.contains(&draft.template.as_str()) {
            return;
        }
        if let Some(value) = session.renderer.render(draft, diags) {
            assert_valid(session, &value);
            let path = planned.path.split_once('/').unwrap().1;
            objects.push((path.to_string(), value));
        }
    });
    objects
}

/// One part of the workloads of an environment (`pod`, `strategy`), by the name of the service.
pub fn parts(sources: SourceTree, environment: &str, wanted: &str) -> Objects {
    let mut parts = Objects::new();
    drafts(sources, environment, |session, planned, draft, diags| {
        let Some((_, part)) = draft.parts.iter().find(|(name, _)| name == wanted) else {
            return;
        };
        let service = planned.path.split('/').nth(2).unwrap();
        let part = session.renderer.render(part, diags);
        parts.push((service.to_string(), part.unwrap()));
    });
    parts
}

fn drafts(
    sources: SourceTree,
    environment: &str,
    mut visit: impl FnMut(&Session, &Planned, &Draft, &mut Diagnostics),
) {
    let (sources, mut diags) = (compile::complete(sources), Diagnostics::new());
    let session = Session::new(&sources, &mut diags);
    let fleet = resolve::resolve(&sources, &mut diags).unwrap();
    let options = Options {
        environments: vec![environment.into()],
        ..Options::default()
    };
    for item in compile::items(&sources, &fleet, &options) {
        for planned in item.planned(&mut Diagnostics::new()) {
            if let Content::Draft(draft) = &planned.content {
                visit(&session, &planned, draft, &mut diags);
            }
        }
    }
    let found: Vec<_> = diags.iter().map(|one| &one.message).collect();
    assert!(found.is_empty(), "{found:#?}");
}

/// Its schema and the checks of the API server find nothing, and its schema adds nothing.
fn assert_valid(session: &Session, value: &Value) {
    let text = |key| value.get(key).and_then(Value::as_str).unwrap();
    let kind = session
        .schemas
        .lookup("1.36", text("apiVersion"), text("kind"))
        .unwrap();
    let mut findings = Vec::new();
    kind.check(value, &mut findings);
    findings.extend(verify::object::check(value, &verify::Target::default()));
    verify::object::of_ours(&mut findings);
    assert_eq!(findings, Vec::new(), "{}", yaml(value));
    let mut stored = value.clone();
    kind.fill_defaults(&mut stored);
    assert_eq!(yaml(&stored), yaml(value), "a default is not written out");
}

pub fn yaml(value: &Value) -> String {
    let mut text = String::new();
    emit::yaml::write(value, &mut text);
    text
}

/// The part of an object below `pointer` as YAML; empty where there is none.
pub fn part(objects: &Objects, path: &str, pointer: &str) -> String {
    let object = objects.iter().find(|(found, _)| found == path);
    let object = &object.unwrap_or_else(|| panic!("no `{path}`")).1;
    object.pointer(pointer).map_or(String::new(), yaml)
}

pub fn paths(objects: &Objects) -> Vec<&str> {
    objects.iter().map(|(path, _)| path.as_str()).collect()
}
