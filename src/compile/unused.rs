//! Files that nothing uses: what somebody wrote there has no effect, most often because of a name.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Environment, Fleet, check, load};
use crate::render::{builtin, uses};
use crate::schema;
use crate::source::{FileId, SourceTree, Span};
use crate::spec::document::Role;
use crate::spec::problem::nearest;
use crate::syntax::yaml;
use crate::value::Str;

crate::codes! {
    /// A file has no effect: a template of a name that no object is made from and no other template
    /// includes, a file of `also/` that nothing names, definitions of kinds that no object has, a
    /// service as an environment changes it that does not run there. A typing error in its name is
    /// the usual cause: `templates/deploymnt.yaml.j2` replaces nothing, and the built-in template
    /// goes on being used. Rename the file, name it where it belongs, or delete it.
    UNUSED_FILE = "unused-file": "a file that nothing uses";
}

/// A warning for each file that has no effect, whatever is emitted.
pub fn check(fleet: &Fleet, sources: &SourceTree, diags: &mut Diagnostics) {
    templates(sources, diags);
    also(fleet, sources, diags);
    replacements(fleet, sources, diags);
}

fn unused(file: FileId, message: String, help: String) -> Diagnostic {
    let place = Span::new(file, 0, 0);
    let found = Diagnostic::warning(UNUSED_FILE, message);
    found.at(place, "nothing uses this file").help(help)
}

fn templates(sources: &SourceTree, diags: &mut Diagnostics) {
    let built_in: BTreeSet<_> = builtin::TEMPLATES.iter().map(|(path, _)| *path).collect();
    let named = |path: &str| {
        Some(
            path.strip_prefix("templates/")?
                .strip_suffix(".yaml.j2")?
                .to_string(),
        )
    };
    let own = sources.iter().filter_map(|(id, file)| {
        let is_own = !built_in.contains(file.path.as_str());
        named(&file.path).filter(|_| is_own).map(|name| (id, name))
    });
    let own: Vec<_> = own.collect();
    if own.is_empty() {
        return;
    }
    let Some(used) = included(sources, built_in.iter().filter_map(|path| named(path))) else {
        return;
    };
    for (file, name) in own.iter().filter(|(_, name)| !used.contains(name)) {
        let names: Vec<_> = built_in.iter().filter_map(|path| named(path)).collect();
        let help = match nearest(name, names.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`? `tiphys explain template` lists those that objects are made from"),
            None => "include it in a template, or delete it; `tiphys explain template` lists those that objects are made from".to_string(),
        };
        let message =
            format!("no object is made from the template `{name}`, and no template includes it");
        diags.push(unused(*file, message, help));
    }
}

/// The templates that `roots` reach; nothing where one includes what only a value names.
fn included(sources: &SourceTree, roots: impl Iterator<Item = String>) -> Option<BTreeSet<String>> {
    let mut used: BTreeSet<String> = BTreeSet::new();
    let mut open: Vec<String> = roots.collect();
    while let Some(name) = open.pop() {
        let file = sources.find(&format!("templates/{name}.yaml.j2"));
        if let Some(file) = file.filter(|_| !used.contains(&name)) {
            open.extend(uses::names(sources.text(file))?);
        }
        used.insert(name);
    }
    Some(used)
}

/// Every file that any layer names counts as used, also one that a higher layer takes away.
fn also(fleet: &Fleet, sources: &SourceTree, diags: &mut Diagnostics) {
    let named: BTreeSet<&str> = check::files::named(fleet)
        .iter()
        .map(|at| at.value.as_str())
        .collect();
    let path = |path: &'_ str| path.strip_prefix("environments/").map(str::to_string);
    let files = sources
        .iter()
        .filter(|(_, file)| file.path.starts_with("environments/also/"));
    let rest = files.filter_map(|(id, file)| Some((id, path(&file.path)?)));
    let rest: Vec<_> = rest
        .filter(|(_, path)| !named.contains(path.as_str()))
        .collect();
    if rest.is_empty() {
        return;
    }
    let anywhere = load::documents(sources, &mut Diagnostics::new()).also_paths();
    for (file, path) in rest
        .iter()
        .filter(|(_, path)| !anywhere.contains(path.as_str()))
    {
        let help = match path.rsplit_once('.') {
            Some((_, "yaml" | "yml")) => {
                format!("write `also \"{path}\"` in what it belongs to, or delete it")
            }
            _ => format!("mount it by `volume \"…\" mount=\"…\" config=\"{path}\"`, or delete it"),
        };
        diags.push(unused(
            *file,
            format!("nothing names `environments/{path}`"),
            help,
        ));
    }
}

/// A service as an environment changes it, and that runs neither there nor in one that is like it.
fn replacements(fleet: &Fleet, sources: &SourceTree, diags: &mut Diagnostics) {
    for (file, source) in sources.iter() {
        let Some(Role::EnvironmentService(environment)) = Role::of(&source.path) else {
            continue;
        };
        let stem = source
            .path
            .rsplit('/')
            .next()
            .and_then(|name| name.rsplit_once('.'));
        let Some((name, _)) = stem else { continue };
        let above = |one: &&Environment| is_like(fleet, one, &environment);
        let mut here = fleet.environments.iter().filter(above).peekable();
        if here.peek().is_none() || here.any(|one| one.service(name).is_some()) {
            continue;
        }
        let there = fleet.environment(&environment);
        let running = there.into_iter().flat_map(|one| &one.services);
        let help = match nearest(name, running.map(|service| service.name.text.as_str())) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write `deploy \"{name}\"` in the environment, or delete the file"),
        };
        let message =
            format!("`{environment}` does not run `{name}`, which this file changes for it");
        diags.push(unused(file, message, help));
    }
}

/// Whether `environment` is the one of that name, or like it through others.
fn is_like(fleet: &Fleet, environment: &Environment, name: &str) -> bool {
    let mut at = Some(environment);
    for _ in 0..=fleet.environments.len() {
        let Some(one) = at else { return false };
        if one.name.text == name {
            return true;
        }
        let like = one.spec.like.as_ref();
        at = like.and_then(|like| fleet.environment(&like.value.0));
    }
    false
}

/// Definitions below `schemas/crds/` of kinds that nothing has. `kinds` are all that were emitted:
/// version of Kubernetes, API version and kind.
pub fn definitions(
    sources: &SourceTree,
    kinds: &BTreeSet<(String, String, String)>,
    diags: &mut Diagnostics,
) {
    let files = sources
        .iter()
        .filter(|(_, file)| file.path.starts_with("schemas/crds/"));
    for (file, source) in files {
        let trees = yaml::read_manifests(file, &source.text, &mut Diagnostics::new());
        let defined: Vec<_> = trees
            .iter()
            .filter_map(|tree| schema::defined(&yaml::to_value(tree)))
            .collect();
        let is_used = |(group, kind): &(Str, Str)| {
            let mut kinds = kinds.iter();
            kinds
                .any(|(_, api, name)| kind == name.as_str() && api.split('/').next() == Some(group))
        };
        if defined.is_empty() || defined.iter().any(is_used) {
            continue;
        }
        let names: Vec<_> = defined
            .iter()
            .map(|(_, kind)| format!("`{kind}`"))
            .collect();
        let message = format!(
            "no object is of the kind that `{}` defines: {}",
            source.path,
            names.join(", ")
        );
        diags.push(unused(
            file,
            message,
            "delete it, or add the manifest that needs it by `also`".to_string(),
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceFile;

    #[test]
    fn includes_are_followed() {
        let file = |path: &str, text: &str| SourceFile {
            path: format!("templates/{path}.yaml.j2"),
            text: text.into(),
        };
        let sources = SourceTree::new([
            file("pod", "{% include \"labels\" %}\na: 1"),
            file("labels", "{%- include 'deep' -%}"),
            file("deep", "x: 1"),
            file("lost", "y: 1"),
        ]);
        let used = included(&sources, ["pod".to_string()].into_iter()).unwrap();
        assert_eq!(
            used.into_iter().collect::<Vec<_>>(),
            ["deep", "labels", "pod"]
        );
        let dynamic = SourceTree::new([file("pod", "{% include name %}")]);
        assert!(included(&dynamic, ["pod".to_string()].into_iter()).is_none());
    }
}
