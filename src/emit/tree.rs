//! The compiled result in memory: which files each environment has, and what a build covered.
//!
//! The same tree is written to disk, published as git objects, compared and printed.

use std::collections::{BTreeMap, BTreeSet};

/// All files of one compilation. Paths are `/`-separated, relative to the output folder, and
/// begin with the name of their environment: `production/services/cart/rollout.yaml`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    pub environments: BTreeMap<String, EnvironmentTree>,
    /// Whether these are all environments of the fleet. Then the files of any other environment
    /// that an earlier build wrote are no longer wanted.
    pub is_complete: bool,
}

/// The files of one environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnvironmentTree {
    pub scope: Scope,
    pub files: BTreeMap<String, String>,
}

/// Which paths of an environment a build speaks of. An earlier file in there that the build does
/// not have is no longer wanted; one outside stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    #[default]
    Whole,
    /// Files by their path, and folders by their path with a `/` at the end.
    Paths(BTreeSet<String>),
}

impl Scope {
    /// Whether the build speaks of `path`.
    pub fn covers(&self, path: &str) -> bool {
        match self {
            Scope::Whole => true,
            Scope::Paths(paths) => paths.iter().any(|covered| match covered.ends_with('/') {
                true => path.starts_with(covered.as_str()),
                false => path == covered,
            }),
        }
    }
}

impl Tree {
    /// Path and text of each file, in the order of their paths within each environment.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.environments
            .values()
            .flat_map(|environment| &environment.files)
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    pub fn find(&self, path: &str) -> Option<&str> {
        let environment = self.environments.get(path.split('/').next()?)?;
        environment.files.get(path).map(String::as_str)
    }

    pub fn n_files(&self) -> usize {
        self.environments.values().map(|env| env.files.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_covers_whole_folders_and_exact_files() {
        let scope = Scope::Paths(BTreeSet::from([
            "p/services/cart/".into(),
            "p/a.yaml".into(),
        ]));
        for (path, covered) in [
            ("p/services/cart/rollout.yaml", true),
            ("p/services/cart-old/rollout.yaml", false),
            ("p/services/cart", false),
            ("p/a.yaml", true),
            ("p/a.yaml/b", false),
        ] {
            assert_eq!(scope.covers(path), covered, "{path}");
            assert!(Scope::Whole.covers(path));
        }
    }

    #[test]
    fn a_file_is_found_by_its_path() {
        let files = BTreeMap::from([("p/a.yaml".to_string(), "a: 1\n".to_string())]);
        let scope = Scope::Whole;
        let environments = BTreeMap::from([("p".to_string(), EnvironmentTree { scope, files })]);
        let tree = Tree {
            environments,
            is_complete: true,
        };
        assert_eq!(tree.find("p/a.yaml"), Some("a: 1\n"));
        assert_eq!(tree.find("q/a.yaml"), None);
        assert_eq!((tree.n_files(), tree.files().count()), (1, 1));
    }
}
