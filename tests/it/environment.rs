//! What an environment needs beside its services, from small fleets in memory.

use std::collections::BTreeMap;

use tiphys::compile::complete;
use tiphys::diagnostic::Diagnostics;
use tiphys::emit::yaml;
use tiphys::model::resolve;
use tiphys::plan::{self, Content, scope::Scope};
use tiphys::render::Renderer;
use tiphys::source::{SourceFile, SourceTree};
use tiphys::value::Value;

mod applications;
mod namespaces;

const FLEET: &str = r#"fleet "shop" {
    publish repository="https://git.example.com/shop/deploy.git" branch="main" path="generated"
    images "registry.example.com/shop"
    team "payments" group="shop:payments"
    team "platform" group="shop:platform"
}"#;

/// A fleet of `environments/<path>` files, with `fleet.kdl` and the environment `test`.
struct Fleet {
    files: Vec<SourceFile>,
}

fn fleet(environment: &str) -> Fleet {
    let none = Fleet { files: Vec::new() };
    none.file("fleet.kdl", FLEET).file(
        "test/environment.kdl",
        &format!("environment \"test\" {{\n{environment}\n}}"),
    )
}

impl Fleet {
    fn file(mut self, path: &str, text: &str) -> Fleet {
        let path = format!("environments/{path}");
        self.files.retain(|file| file.path != path);
        self.files.push(SourceFile {
            path,
            text: text.into(),
        });
        self
    }

    fn service(self, name: &str, body: &str) -> Fleet {
        let text = format!("service \"{name}\" owner=\"payments\" {{\n{body}\n}}");
        self.file(&format!("services/{name}.kdl"), &text)
    }

    /// The environment's own objects by path below `test/`.
    fn objects(self) -> BTreeMap<String, Value> {
        let (objects, diags) = self.lower();
        let found: Vec<_> = diags.into_sorted();
        assert!(found.is_empty(), "{found:#?}");
        objects
    }

    /// The codes of what is wrong.
    fn findings(self) -> Vec<&'static str> {
        let found = self.lower().1.into_sorted();
        found.iter().map(|one| one.code.name).collect()
    }

    fn lower(self) -> (BTreeMap<String, Value>, Diagnostics) {
        let mut diags = Diagnostics::new();
        let sources = complete(SourceTree::new(self.files));
        let Some(fleet) = resolve::resolve(&sources, &mut diags) else {
            panic!("no fleet: {:#?}", diags.into_sorted());
        };
        let renderer = Renderer::new(&sources, &mut diags);
        let scope = Scope {
            sources: &sources,
            fleet: &fleet,
            environment: &fleet.environments[0],
        };
        let mut objects = BTreeMap::new();
        for planned in plan::environment(&scope, &mut diags) {
            let value = match planned.content {
                Content::Draft(draft) => renderer.render(&draft, &mut diags),
                Content::Manifest(manifest) => Some(manifest.value),
            };
            let path = planned.path.trim_start_matches("test/").to_string();
            let old = objects.insert(path, value.unwrap_or_default());
            assert_eq!(old, None, "written twice");
        }
        (objects, diags)
    }
}

fn text(value: &Value) -> String {
    let mut out = String::new();
    yaml::write(value, &mut out);
    out
}

/// The part of an object as YAML, without its last line break.
fn part(objects: &BTreeMap<String, Value>, path: &str, pointer: &str) -> String {
    let object = objects
        .get(path)
        .unwrap_or_else(|| panic!("no {path} in {:?}", objects.keys()));
    object
        .pointer(pointer)
        .map_or_else(String::new, |value| text(value).trim_end().to_string())
}

#[test]
fn a_webhook_is_the_secret_that_argo_cd_trusts_it_by() {
    let store = "secrets store=\"ClusterSecretStore/vault\" prefix=\"test/\"";
    let webhook = "webhook \"github\" path=\"argo-cd/webhook\" key=\"secret\"";
    let objects = fleet(&format!("sync auto {{ {webhook} }}\n{store}")).objects();
    let path = "bootstrap/external-secret-argocd-webhook.yaml";
    let found = |pointer: &str| part(&objects, path, pointer);
    assert_eq!(found("/metadata/namespace"), "argocd");
    let target = "name: argocd-secret\ncreationPolicy: Merge\ndeletionPolicy: Retain";
    assert_eq!(found("/spec/target"), target);
    assert_eq!(found("/spec/data/0/secretKey"), "webhook.github.secret");
    assert_eq!(
        found("/spec/data/0/remoteRef"),
        "key: test/argo-cd/webhook\nproperty: secret"
    );
    for (sync, store) in [
        ("webhook \"github\"", store),
        ("webhook path=\"a\" key=\"b\"", store),
        (webhook, ""),
        (webhook, "secrets store=\"SecretStore/vault\""),
    ] {
        let found = fleet(&format!("sync auto {{ {sync} }}\n{store}")).findings();
        assert_eq!(found, ["wrong-webhook"], "{sync} {store}");
    }
    assert!(!fleet("sync auto").objects().contains_key(path));
}
