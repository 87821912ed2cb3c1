//! Whatever the value, a check ends and says something sensible.

use proptest::prelude::*;
use tiphys::schema::Schemas;
use tiphys::value::{Map, Value};

/// Any value; keys are often those of real fields, so that checks go deep.
fn any_value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<f64>().prop_map(Value::Float),
        ".{0,12}".prop_map(Value::from),
        "[0-9a-z:/.-]{0,25}".prop_map(Value::from),
    ];
    scalar.prop_recursive(6, 60, 6, |inner| {
        let key = prop_oneof![prop::sample::select(KEYS).prop_map(str::to_owned), ".{0,6}",];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::List),
            prop::collection::vec((key, inner), 0..6).prop_map(|members| {
                let mut map = Map::new();
                members
                    .into_iter()
                    .for_each(|(key, value)| map.insert(key, value));
                Value::Map(map)
            }),
        ]
    })
}

const KEYS: &[&str] = &[
    "metadata",
    "spec",
    "status",
    "name",
    "labels",
    "rules",
    "parentRefs",
    "matches",
    "path",
    "value",
    "type",
    "template",
    "containers",
    "ports",
    "env",
    "resources",
    "limits",
    "hostnames",
    "backendRefs",
    "data",
    "strategy",
    "canary",
    "steps",
    "metrics",
    "provider",
    "versions",
];

const KINDS: &[(&str, &str)] = &[
    ("apps/v1", "Deployment"),
    ("v1", "Service"),
    ("argoproj.io/v1alpha1", "Rollout"),
    ("gateway.networking.k8s.io/v1", "HTTPRoute"),
    ("external-secrets.io/v1", "ExternalSecret"),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_value_breaks_the_check(spec in any_value(), metadata in any_value(), kind in prop::sample::select(KINDS)) {
        let mut object = Map::new();
        object.insert("apiVersion", kind.0);
        object.insert("kind", kind.1);
        object.insert("metadata", metadata);
        object.insert("spec", spec);
        let mut object = Value::Map(object);
        let schemas = Schemas::bundled();
        let kind = schemas.lookup("1.37", kind.0, kind.1).unwrap();
        let mut findings = Vec::new();
        kind.check(&object, &mut findings);
        for finding in &findings {
            prop_assert!(object.pointer(&finding.pointer).is_some(), "{finding:?}");
            prop_assert!(!finding.message.contains('\n'), "{finding:?}");
        }
        kind.fill_defaults(&mut object);
    }

    #[test]
    fn no_value_breaks_reading_a_definition(crd in any_value()) {
        Schemas::bundled().with_crds(&[(tiphys::source::FileId(0), crd)]);
    }
}

#[test]
fn deep_and_wide_objects_are_checked_in_time() {
    let deep = (0..2_000).fold(Value::Null, |inner, _| {
        Map::from_iter([("not".into(), inner)]).into()
    });
    let wide: Vec<_> = (0..50_000)
        .map(|at| Value::from(format!("f{at}")))
        .collect();
    let mut schema = Map::new();
    schema.insert("openAPIV3Schema", deep);
    let mut version = Map::new();
    version.insert("schema", schema);
    let mut spec = Map::new();
    spec.insert("versions", vec![Value::Map(version)]);
    let mut metadata = Map::new();
    metadata.insert("finalizers", wide);
    let mut object = Map::new();
    object.insert("metadata", metadata);
    object.insert("spec", spec);
    let schemas = Schemas::bundled();
    let kind = schemas
        .lookup(
            "1.36",
            "apiextensions.k8s.io/v1",
            "CustomResourceDefinition",
        )
        .unwrap();
    let mut findings = Vec::new();
    kind.check(&object.into(), &mut findings);
    assert!(
        findings
            .iter()
            .any(|finding| finding.message.contains("levels deep")),
        "{findings:?}"
    );
}
