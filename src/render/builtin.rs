//! The templates that are compiled into the binary: one line for each file of `templates/`.

use crate::source::SourceFile;

/// A built-in template: the path that it has in a source tree, and its text.
pub type Builtin = (&'static str, &'static str);

macro_rules! templates {
    ($($name:literal,)*) => {
        &[$((
            concat!("templates/", $name, ".yaml.j2"),
            include_str!(concat!("../../templates/", $name, ".yaml.j2")),
        )),*]
    };
}

/// All of them, sorted by path.
pub const TEMPLATES: &[Builtin] = templates! {
    "analysis-template",
    "app-project",
    "application",
    "argo-cd-config",
    "argo-cd-webhook",
    "argo-rollouts-config",
    "config-map",
    "default-deny",
    "deployment",
    "external-secret",
    "grpc-route",
    "horizontal-pod-autoscaler",
    "http-route",
    "ingress",
    "limit-range",
    "namespace",
    "network-policy",
    "object",
    "persistent-volume-claim",
    "pod-disruption-budget",
    "pod-monitor",
    "pod",
    "resource-quota",
    "rollout",
    "root-application",
    "service-account",
    "service",
    "stateful-set",
    "strategy-blue-green",
    "strategy-canary",
};

/// The built-in templates as files. Put them behind the files of the user into one source tree:
/// of two files with one path the first one stays, so a user's template replaces ours.
pub fn files() -> impl Iterator<Item = SourceFile> {
    TEMPLATES.iter().map(|(path, text)| SourceFile {
        path: (*path).to_owned(),
        text: (*text).to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_in_templates_is_built_in() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");
        let mut files: Vec<String> = walkdir::WalkDir::new(root)
            .into_iter()
            .map(Result::unwrap)
            .filter(|entry| entry.file_type().is_file())
            .map(|entry| {
                let path = entry.path().strip_prefix(root).unwrap();
                format!("templates/{}", path.to_string_lossy().replace('\\', "/"))
            })
            .collect();
        files.sort();
        let listed: Vec<&str> = TEMPLATES.iter().map(|(path, _)| *path).collect();
        assert_eq!(listed, files, "the lines in src/render/builtin.rs");
    }
}
