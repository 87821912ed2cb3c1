//! CustomResourceDefinitions that a repository brings along.

use tiphys::schema::Schemas;
use tiphys::source::FileId;

use super::{documents, findings};

const CRD: &str = r#"
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: coderuns.example.org}
spec:
  group: example.org
  names: {kind: CodeRun, plural: coderuns, listKind: CodeRunList, singular: coderun}
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          required: [spec]
          properties:
            spec:
              type: object
              required: [image]
              properties:
                image: {type: string, minLength: 1}
                tries: {type: integer, default: 1, minimum: 1}
                tags: {type: array, x-kubernetes-list-type: set, items: {type: string}}
                size: {x-kubernetes-int-or-string: true}
                embedded: {type: object, x-kubernetes-embedded-resource: true, x-kubernetes-preserve-unknown-fields: true}
                free: {x-kubernetes-preserve-unknown-fields: true}
                gone: {type: string, nullable: true}
                either:
                  type: object
                  properties: {a: {type: string}, b: {type: string}}
                  oneOf: [{required: [a]}, {required: [b]}]
"#;

fn with(crds: &[&str]) -> (Schemas, Vec<String>) {
    let read = |text: &&str| (FileId(0), documents(text).remove(0));
    let crds: Vec<_> = crds.iter().map(read).collect();
    let (schemas, findings) = Schemas::bundled().with_crds(&crds);
    let line = |finding: &tiphys::manifest::Finding| {
        format!(
            "{} {}: {}",
            finding.code.name, finding.pointer, finding.message
        )
    };
    let said = findings.iter().map(|(_, finding)| line(finding)).collect();
    (schemas, said)
}

fn says(spec: &str) -> Vec<String> {
    let (schemas, problems) = with(&[CRD]);
    assert_eq!(problems, [""; 0]);
    let text =
        format!("apiVersion: example.org/v1\nkind: CodeRun\nmetadata: {{name: a}}\nspec: {spec}");
    let line =
        |finding: tiphys::manifest::Finding| format!("{}: {}", finding.pointer, finding.message);
    findings(&schemas, &documents(&text)[0])
        .into_iter()
        .map(line)
        .collect()
}

#[test]
fn own_kinds_are_checked_like_bundled_ones() {
    assert_eq!(
        says("{image: a, tries: 2, tags: [a, b], size: 1, free: {x: null}, gone: null}"),
        [""; 0]
    );
    assert_eq!(
        says("{image: '', tries: 0, tags: [a, a], size: 1.5, imag: a}"),
        [
            "/spec/imag: `spec.imag` is not a field of CodeRun",
            "/spec/image: `spec.image` has 0 characters, at least 1 must be there",
            "/spec/size: `spec.size` is the float `1.5`, an integer or a string is expected",
            "/spec/tags/1: `spec.tags` holds `\"a\"` twice, as entries 0 and 1",
            "/spec/tries: `spec.tries` is `0`, at least 1 is expected",
        ]
    );
}

#[test]
fn embedded_objects_need_their_identity() {
    assert_eq!(
        says("{image: a, embedded: {apiVersion: v1, kind: Secret, metadata: {name: a}, x: 1}}"),
        [""; 0]
    );
    assert_eq!(
        says("{image: a, embedded: {kind: Secret, metadata: {nam: a}}}"),
        [
            "/spec/embedded/metadata/nam: `spec.embedded.metadata.nam` is not a field of CodeRun",
            "/spec/embedded: `spec.embedded.apiVersion` is missing; CodeRun requires it",
        ]
    );
}

#[test]
fn exactly_one_form_must_match() {
    assert_eq!(says("{image: a, either: {a: x}}"), [""; 0]);
    assert_eq!(
        says("{image: a, either: {}}"),
        ["/spec/either: `spec.either` matches none of the allowed forms"]
    );
    assert_eq!(
        says("{image: a, either: {a: x, b: y}}"),
        ["/spec/either: `spec.either` matches more than one of the allowed forms",]
    );
}

#[test]
fn own_definitions_win_over_bundled_ones() {
    let rollout = CRD
        .replace("example.org", "argoproj.io")
        .replace("CodeRun", "Rollout")
        .replace("name: v1\n", "name: v1alpha1\n");
    let (schemas, problems) = with(&[&rollout]);
    assert_eq!(problems, [""; 0]);
    let kind = schemas
        .lookup("1.36", "argoproj.io/v1alpha1", "Rollout")
        .unwrap();
    assert_eq!(kind.source(), "schemas/crds");
    assert!(
        schemas
            .lookup("1.36", "argoproj.io/v1alpha1", "Application")
            .is_some()
    );
}

#[test]
fn what_generators_leave_in_a_definition_does_no_harm() {
    let metadata = "metadata: {name: coderuns.example.org, creationTimestamp: null}";
    let generated = CRD.replace("metadata: {name: coderuns.example.org}", metadata);
    let (_, said) = with(&[&format!("{generated}status: {{conditions: null}}\n")]);
    assert_eq!(said, [""; 0]);
}

#[test]
fn unusable_definitions_are_reported() {
    let (_, said) = with(&[
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}",
        CRD,
        CRD,
    ]);
    assert_eq!(
        said,
        [
            "crd-unusable : this is no CustomResourceDefinition of `apiextensions.k8s.io/v1`",
            "crd-unusable /spec/names/kind: `CodeRun` of `example.org` is defined twice",
        ]
    );
    let (_, said) = with(&[&CRD.replace("served: true", "served: yes please")]);
    assert_eq!(
        said,
        [
            "object-type-wrong /spec/versions/0/served: `spec.versions[0].served` is the string `\"yes please\"`, a boolean is expected",
        ]
    );
}
