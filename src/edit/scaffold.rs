//! A fleet to start from: small, complete, and without a finding.

use crate::source::SourceFile;

use super::convert::{Spelling, convert};

const FLEET: &str = r#"// The fleet: what holds for everything in it. `tiphys explain language fleet` lists what it may say.
fleet "NAME" {
    publish repository="https://git.example.com/NAME/deploy.git" branch="main" path="generated"
    images "registry.example.com/NAME"
    registries "registry.example.com"

    team "web" oncall="web-primary" group="NAME:web" {
        approvers "dana@example.com" "eli@example.com"
    }

    defaults {
        run-as user=1000
        size cpu="100m..500m" memory="128Mi" { replicas min=2 max=4 }
    }
}
"#;

const ENVIRONMENT: &str = r#"// Where it runs, and what differs there.
environment "production" {
    target kubernetes="1.36" argo-cd="3.5" argo-rollouts="1.10"
    cluster server="https://kubernetes.default.svc" zones=3
    sync auto prune="confirm"
    deploy "hello"
}
"#;

const SERVICE: &str = r#"// A first service. `rollout canary preset="rapid"` judges new versions by metrics, once the
// environment names its `traffic` and `metrics`.
service "hello" owner="web" tier="standard" {
    http 8080 as=80
    health "/"
    config LOG_LEVEL="info"
    rollout rolling
}
"#;

const RELEASES: &str = r#"# Written by `tiphys release production hello <version>@<digest>`; this digest is a placeholder.
hello: {version: "0.1.0", digest: "sha256:0000000000000000000000000000000000000000000000000000000000000000"}
"#;

const README: &str = r#"# NAME

`environments/` says what runs where; Tiphys compiles it into `generated/`, which Argo CD reads.

    tiphys check                                   # is everything sound?
    tiphys build                                   # write generated/
    tiphys release production hello 1.0.0@sha256:… # what runs
    tiphys why production/hello /spec/replicas     # where a value comes from
"#;

/// Paths and texts of a new fleet.
pub fn files(name: &str, spelling: Spelling) -> Vec<SourceFile> {
    let specs = [
        ("environments/fleet.kdl", FLEET),
        ("environments/production/environment.kdl", ENVIRONMENT),
        ("environments/services/hello.kdl", SERVICE),
    ];
    let others = [
        ("README.md", README),
        (
            ".gitattributes",
            "generated/** -text linguist-generated=true\n",
        ),
        ("environments/production/releases.yaml", RELEASES),
    ];
    let file = |(path, text): (&str, &str)| SourceFile {
        path: path.to_string(),
        text: text.replace("NAME", name),
    };
    let spelled = |file: SourceFile| match spelling {
        Spelling::Kdl => file,
        Spelling::Yaml => match convert(&file, spelling) {
            Ok(converted) => SourceFile {
                path: converted.path,
                text: converted.text,
            },
            Err(_) => file,
        },
    };
    let specs = specs.into_iter().map(|spec| spelled(file(spec)));
    specs.chain(others.into_iter().map(file)).collect()
}

/// A name that a folder suggests: its letters and digits, in lower case.
pub fn name_of_folder(folder: &str) -> String {
    let plain: String = folder
        .to_ascii_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let plain = plain.trim_matches(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit());
    let plain = plain.trim_start_matches(|c: char| !c.is_ascii_lowercase());
    match plain.is_empty() || plain.len() > 40 {
        true => "shop".to_string(),
        false => plain.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_suggest_names() {
        let cases = [
            ("Shop", "shop"),
            ("my_shop.git", "my-shop-git"),
            ("2-shop-", "shop"),
            ("123", "shop"),
            ("", "shop"),
        ];
        for (folder, expected) in cases {
            assert_eq!(name_of_folder(folder), expected, "{folder}");
        }
    }
}
