//! Applications that their own project refuses.
//!
//! Source: argo-cd `pkg/apis/application/v1alpha1/app_project_types.go` (`IsSourcePermitted`,
//! `IsDestinationPermitted`), `util/git/git.go` (`NormalizeGitURL`).

use super::World;
use crate::manifest::Finding;
use crate::verify::glob;
use crate::verify::references::Facts;
use crate::verify::subject::{Application, Destination, Project, Subject};

crate::codes! {
    /// An Application reads a repository that no entry of `sourceRepos` in its AppProject matches,
    /// or that one denies. Argo CD refuses the Application: `application repo … is not permitted in
    /// project`, and nothing is deployed. The addresses are compared as texts, without case and a
    /// final `.git`; `*` stops at `/`. Write the same address in both.
    SOURCE_NOT_PERMITTED = "source-not-permitted": "a repository that the project refuses";

    /// An Application deploys to a cluster and namespace that no entry of `destinations` in its
    /// AppProject matches, or that one denies. Argo CD refuses the Application, and nothing is
    /// deployed. Add the server and namespace to the project.
    DESTINATION_NOT_PERMITTED = "destination-not-permitted": "a destination that the project refuses";
}

pub fn source(world: &World, facts: &Facts, out: &mut Vec<Finding>) {
    let Some((application, project)) = both(world, facts) else {
        return;
    };
    for (pointer, address) in &application.sources {
        if !is_source_permitted(project, address) {
            let message = format!(
                "`{}` reads `{address}`, and its project `{}` does not permit that",
                facts.name, application.project
            );
            let listed = project.sources.join(", ");
            out.push(
                Finding::error(SOURCE_NOT_PERMITTED, pointer.as_str(), message)
                    .note(format!("it permits {}", some(&listed)))
                    .help(format!("add `{address}` to `sourceRepos` of the project")),
            );
        }
    }
}

pub fn destination(world: &World, facts: &Facts, out: &mut Vec<Finding>) {
    let Some((application, project)) = both(world, facts) else {
        return;
    };
    if is_destination_permitted(project, application) == Some(false) {
        let cluster = match application.server.as_str() {
            "" => &application.cluster,
            server => server,
        };
        let message = format!(
            "`{}` deploys to `{}` of {cluster}, and its project `{}` does not permit that",
            facts.name, application.namespace, application.project
        );
        let listed: Vec<_> = project.destinations.iter().map(described).collect();
        out.push(
            Finding::error(DESTINATION_NOT_PERMITTED, "/spec/destination", message)
                .note(format!("it permits {}", some(&listed.join(", "))))
                .help("add the server and namespace to `destinations` of the project"),
        );
    }
}

/// An Application, and its project where that is here too.
fn both<'f>(world: &World<'f>, facts: &'f Facts) -> Option<(&'f Application, &'f Project)> {
    let Some(Subject::Application(application)) = &facts.subject else {
        return None;
    };
    let (space, name) = (&facts.namespace, &application.project);
    let project = world
        .index
        .object("argoproj.io", "AppProject", space, name)?;
    match project.subject.as_ref()? {
        Subject::Project(project) => Some((application, project)),
        _ => None,
    }
}

fn some(list: &str) -> &str {
    match list {
        "" => "nothing",
        list => list,
    }
}

fn described(one: &Destination) -> String {
    let cluster = match one.server.as_str() {
        "" => &one.cluster,
        server => server,
    };
    format!("`{}` of {cluster}", one.namespace)
}

/// What a pattern with `!` before it says, or one without.
fn is_match(pattern: &str, text: &str, separators: &[char]) -> bool {
    match pattern.strip_prefix('!') {
        Some(denied) => !glob::matches(denied, text, separators),
        None => pattern == "*" || glob::matches(pattern, text, separators),
    }
}

fn is_source_permitted(project: &Project, address: &str) -> bool {
    let address = normal(address);
    let mut is_permitted = false;
    for pattern in &project.sources {
        let is_denial = pattern.starts_with('!');
        let pattern = match pattern.strip_prefix('!') {
            Some(denied) => format!("!{}", normal(denied)),
            None => normal(pattern),
        };
        match is_match(&pattern, &address, &['/']) {
            true => is_permitted = true,
            false if is_denial => return false,
            false => {}
        }
    }
    is_permitted
}

/// An address for comparison.
fn normal(address: &str) -> String {
    let mut address = address.trim().to_lowercase();
    let (is_ssh, has_scheme) = (is_ssh(&address), address.starts_with("ssh://"));
    if is_ssh && !has_scheme {
        address = address.replacen(':', "/", 1);
    }
    let address = address.strip_suffix(".git").unwrap_or(&address);
    address
        .strip_prefix("ssh://")
        .unwrap_or(address)
        .to_string()
}

/// `ssh://user@host/…` or `user@host:…`.
fn is_ssh(address: &str) -> bool {
    let rest = address.strip_prefix("ssh://").unwrap_or(address);
    rest.split_once('@').is_some_and(|(user, host)| {
        !user.contains(['/', ':']) && !host.is_empty() && !host.contains('@')
    })
}

/// `None` where one side names the cluster by its address and the other by its name: only Argo CD
/// knows which is which.
fn is_destination_permitted(project: &Project, application: &Application) -> Option<bool> {
    let (mut is_permitted, mut is_known) = (false, true);
    for item in &project.destinations {
        let (server, cluster) = (&application.server, &application.cluster);
        let is_server = !server.is_empty() && is_match(&item.server, server, &[]);
        let is_cluster = !cluster.is_empty() && is_match(&item.cluster, cluster, &[]);
        let is_space = is_match(&item.namespace, &application.namespace, &[]);
        let is_denial = |pattern: &str| pattern.starts_with('!');
        let by_other = |own: &str, pattern: &str| own.is_empty() && !pattern.is_empty();
        if by_other(server, &item.server) || by_other(cluster, &item.cluster) {
            is_known = false;
        }
        if (is_server || is_cluster) && is_space {
            is_permitted = true;
        } else if (!cluster.is_empty() && !is_cluster && is_denial(&item.cluster))
            || (!server.is_empty() && !is_server && is_denial(&item.server) && is_space)
            || (!is_space && is_denial(&item.namespace) && is_server)
        {
            return Some(false);
        }
    }
    (is_known || is_permitted).then_some(is_permitted)
}
