//! The place that Applications read: repository, branch and folder of `publish`.

use crate::draft::Traced;
use crate::plan::scope::Scope;
use crate::spec::language;

/// The environment's own `publish`, field by field before the fleet's.
pub struct Place {
    pub repository: Traced,
    /// Written in full, so that Argo CD need not look for a tag of that name.
    pub revision: Traced,
    /// Of the tree in the repository.
    folder: String,
}

/// `None` where no repository is named.
pub fn place(scope: &Scope) -> Option<Place> {
    let own = scope.environment.spec.publish.as_ref();
    let all = scope.fleet.spec.publish.as_ref();
    let fields: Vec<&language::Publish> = own.into_iter().chain(all).collect();
    let repository = fields.iter().find_map(|at| at.repository.as_ref())?;
    let branch = fields.iter().find_map(|at| at.branch.as_ref());
    let path = fields.iter().find_map(|at| at.path.as_ref());
    let revision = match branch {
        Some(at) => Traced::from(reference(at.value.as_str())).at(at.span),
        None => Traced::from(reference("main")).by_default("branch"),
    };
    Some(Place {
        repository: Traced::from(&repository.value.0).at(repository.span),
        revision,
        folder: path.map_or("generated", |at| at.value.as_str()).to_string(),
    })
}

fn reference(branch: &str) -> String {
    match branch.starts_with("refs/") {
        true => branch.to_string(),
        false => format!("refs/heads/{branch}"),
    }
}

impl Place {
    /// The source of an Application: a folder of the environment's tree.
    pub fn source(&self, scope: &Scope, folder: &str) -> Traced {
        let environment = &scope.environment.name;
        let path = format!("{}/{}/{folder}", self.folder, environment.text);
        let path = path.strip_prefix("./").unwrap_or(&path);
        // Stays when Argo CD normalises, and spares it the guess what kind of source this is.
        let directory = Traced::map().with("recurse", true);
        Traced::map()
            .with("repoURL", self.repository.clone())
            .with("targetRevision", self.revision.clone())
            .with("path", Traced::from(path).at(environment.span))
            .with("directory", directory)
    }
}
