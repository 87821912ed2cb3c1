//! The bundle is what its committed sources give, and they are what upstream publishes, trimmed.
//!
//! `UPDATE=1 cargo test bundle_is_what` rewrites the bundle. With `TIPHYS_SCHEMA_SOURCES` set to a
//! folder with `kubernetes/definitions-VERSION.json` and `crds/NAME-VERSION/*.yaml` it rewrites the
//! sources first.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tiphys::schema::build::{self, KUBERNETES, Source};
use tiphys::schema::{decode, encode};
use tiphys::value::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/kubernetes")
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// The committed sources, after their refresh if that is asked for.
fn committed() -> &'static [Source] {
    static SOURCES: OnceLock<Vec<Source>> = OnceLock::new();
    SOURCES.get_or_init(|| {
        let upstream = std::env::var("TIPHYS_SCHEMA_SOURCES").ok();
        if let Some(upstream) = upstream.filter(|_| updates()) {
            rewrite_sources(Path::new(&upstream));
        }
        let files = sorted(&folder().join("sources"));
        let read = |path: &PathBuf| build::unpack(&fs::read(path).unwrap()).unwrap();
        files.iter().map(read).collect()
    })
}

fn updates() -> bool {
    std::env::var("UPDATE").is_ok()
}

#[test]
fn bundle_is_what_the_sources_give() {
    let bundle = build::bundle(committed());
    let path = folder().join("bundle.bin");
    if updates() {
        fs::write(&path, &bundle).unwrap();
    }
    let message = "run `UPDATE=1 cargo test bundle_is_what`";
    assert!(fs::read(&path).unwrap() == bundle, "{message}");
}

#[test]
fn bundle_survives_encoding() {
    let arena = build::arena(committed());
    assert!(decode(&encode(&arena)).unwrap() == arena);
}

#[test]
fn damaged_bundle_is_refused() {
    let bundle = fs::read(folder().join("bundle.bin")).unwrap();
    for length in [0, 5, 17, 18, bundle.len() / 2, bundle.len() - 1] {
        assert!(decode(&bundle[..length]).is_err(), "{length} bytes");
    }
}

#[test]
fn sources_are_trimmed() {
    for source in committed() {
        assert_eq!(build::trim(source.clone()), *source);
    }
}

#[test]
fn crd_manifests_can_be_installed() {
    let path = folder().join("sources/argo-rollouts-1.10.1.json.z");
    let crds = build::crd_manifests(&fs::read(path).unwrap()).unwrap();
    let name = |crd: &Value| crd.at(&["metadata", "name"])?.as_str().map(str::to_owned);
    let names: Vec<_> = crds.iter().filter_map(name).collect();
    let expected = [
        "analysisruns.argoproj.io",
        "analysistemplates.argoproj.io",
        "clusteranalysistemplates.argoproj.io",
        "experiments.argoproj.io",
        "rollouts.argoproj.io",
    ];
    assert_eq!(names, expected);
    let (schemas, mut findings) = (tiphys::schema::Schemas::bundled(), Vec::new());
    let kind = schemas
        .lookup(
            "1.36",
            "apiextensions.k8s.io/v1",
            "CustomResourceDefinition",
        )
        .unwrap();
    crds.iter().for_each(|crd| kind.check(crd, &mut findings));
    assert_eq!(findings, []);
}

fn rewrite_sources(upstream: &Path) {
    let target = folder().join("sources");
    fs::remove_dir_all(&target).unwrap();
    fs::create_dir_all(&target).unwrap();
    let kubernetes = sorted(&upstream.join("kubernetes"))
        .into_iter()
        .map(|path| definitions(&path));
    let custom = sorted(&upstream.join("crds"))
        .into_iter()
        .map(|path| project(&path));
    for source in kubernetes.chain(custom) {
        let name = format!("{}-{}.json.z", source.name, source.version);
        fs::write(target.join(name), build::pack(&build::trim(source))).unwrap();
    }
}

fn definitions(path: &Path) -> Source {
    let document = documents(path).remove(0);
    let text = |key: &str| document.get(key).and_then(Value::as_str).unwrap();
    Source {
        name: KUBERNETES.into(),
        version: text("kubernetes").into(),
        objects: vec![document.get("definitions").unwrap().clone()],
    }
}

fn project(folder: &Path) -> Source {
    let name = folder.file_name().unwrap().to_str().unwrap();
    let (name, version) = name.rsplit_once('-').unwrap();
    let mut objects: Vec<_> = sorted(folder)
        .iter()
        .flat_map(|path| documents(path))
        .collect();
    objects.sort_by_key(|object| {
        object
            .at(&["metadata", "name"])
            .unwrap()
            .as_str()
            .map(str::to_owned)
    });
    Source {
        name: name.into(),
        version: version.into(),
        objects,
    }
}

/// The documents of a YAML or JSON file.
fn documents(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    super::documents(&text)
}
