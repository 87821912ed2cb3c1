//! Files that are there and could not be read or decoded: what they hold exists and is unknown,
//! so that nothing may be said about it that follows from its absence.

use std::collections::BTreeSet;

use crate::source::SourceTree;

/// Paths below the root without their extensions; a folder stands for all that it holds.
#[derive(Clone, Debug, Default)]
pub struct Unreadable {
    stems: BTreeSet<String>,
}

impl Unreadable {
    /// With what the loader refused.
    pub fn new(sources: &SourceTree) -> Unreadable {
        let mut unreadable = Unreadable::default();
        for path in sources.refused() {
            unreadable.add(path);
        }
        unreadable
    }

    pub fn add(&mut self, path: &str) {
        let endings = [".kdl", ".yaml", ".yml"];
        let stem = endings.iter().find_map(|ending| path.strip_suffix(ending));
        self.stems.insert(stem.unwrap_or(path).to_string());
    }

    /// A file, or a folder above it.
    pub fn file(&self, stem: &str) -> bool {
        let folders = stem.match_indices('/').map(|(at, _)| &stem[..at]);
        folders.chain([stem]).any(|path| self.stems.contains(path))
    }

    pub fn fleet(&self) -> bool {
        self.file("environments/fleet")
    }

    /// A service or a component of that name, or a service as some environment replaces it.
    pub fn name(&self, name: &str) -> bool {
        let replaced = |stem: &String| match stem.split('/').collect::<Vec<_>>()[..] {
            ["environments", _, "services"] => true,
            ["environments", _, "services", one] => one == name,
            _ => false,
        };
        self.service(name) || self.component(name) || self.stems.iter().any(replaced)
    }

    pub fn service(&self, name: &str) -> bool {
        self.file(&format!("environments/services/{name}"))
    }

    /// A service as one environment replaces it.
    pub fn replacement(&self, environment: &str, name: &str) -> bool {
        self.file(&format!("environments/{environment}/services/{name}"))
    }

    pub fn component(&self, name: &str) -> bool {
        self.file(&format!("environments/components/{name}"))
    }

    pub fn environment(&self, name: &str) -> bool {
        self.file(&format!("environments/{name}/environment"))
    }

    /// So that nobody knows what it runs.
    pub fn any_environment(&self) -> bool {
        let of_environment = |stem: &String| match stem.split('/').collect::<Vec<_>>()[..] {
            ["environments"] => true,
            ["environments", folder] => {
                !["fleet", "services", "components", "also"].contains(&folder)
            }
            ["environments", _, "environment"] => true,
            _ => false,
        };
        self.stems.iter().any(of_environment)
    }

    /// One entry of a file of releases, or the whole file.
    pub fn release(&self, environment: &str, name: &str) -> bool {
        self.file(&format!("environments/{environment}/releases/{name}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_folder_hides_what_it_holds() {
        let refused = |path: &str| {
            let mut unreadable = Unreadable::default();
            unreadable.add(path);
            unreadable
        };
        let cart = refused("environments/services/cart.kdl");
        assert!(cart.service("cart") && cart.name("cart"));
        assert!(!cart.service("carts") && !cart.component("cart") && !cart.any_environment());
        let services = refused("environments/services");
        assert!(services.service("cart") && !services.any_environment() && !services.fleet());
        let production = refused("environments/production");
        assert!(production.environment("production") && production.release("production", "cart"));
        assert!(production.any_environment() && !production.environment("staging"));
        assert!(refused("environments/production/environment.yaml").any_environment());
        assert!(refused("environments").fleet());
        let replaced = refused("environments/production/services/cart.kdl");
        assert!(replaced.name("cart") && !replaced.name("shop") && !replaced.service("cart"));
        assert!(replaced.replacement("production", "cart"));
    }
}
