//! The fleet: what holds for everything in it.

use super::*;

structs! {
    /// A fleet: everything that is released together into the same environments.
    Fleet {
        /// Where the rendered tree is published; Applications point there.
        "publish" publish: Option<Publish>,
        /// The repository in front of every service's image.
        "images" images: Option<At<ImageName>> = "registry.example.com/shop",
        /// Registries that images may come from.
        "registries" registries: Set<Line> = "registry.example.com",
        /// Who owns services.
        "team" team: Named<Team>,
        /// Levels of the policy packs.
        "policies" policies: Strings<Name, Level> = "error" by "production",
        /// What every service gets where it says nothing else.
        "defaults" defaults: Option<Service>,
        /// Exceptions from policies.
        "waive" waive: ListOf<Waiver>,
    }

    /// A place in a git repository.
    Publish {
        /// The repository, as Argo CD reaches it.
        "repository" repository: Option<At<Repository>>,
        /// The branch.
        "branch" branch: Option<At<Branch>>,
        /// The directory of the tree.
        "path" path: Option<At<DirectoryPath>> = "generated",
    }

    /// People who own services.
    Team {
        /// The rotation that is called at night.
        "oncall" oncall: Option<At<Line>> = "carts-oncall",
        /// The group of the identity provider; it gets a role in the AppProject.
        "group" group: Option<At<Group>> = "shop:carts",
        /// Who may approve a release to production.
        "approvers" approvers: Set<Person>,
    }

    /// An exception from a policy, with its owner and its end.
    Waiver {
        /// The code of the rule.
        arg "code" code: Option<At<Name>> = "single-replica",
        /// The service or component; in their own files it is them, in an environment everything there.
        "target" target: Option<At<Name>>,
        /// Why it is acceptable.
        "reason" reason: Option<At<Line>> = "carts may be lost",
        /// Where it was decided.
        "ticket" ticket: Option<At<Line>> = "SHOP-123",
        /// The team that answers for it.
        "by" by: Option<At<Name>> = "carts",
        /// Its last day.
        "until" until: Option<At<Date>>,
    }
}
