//! Objects of routers that a Rollout shifts the traffic by: they are there, and the controller
//! finds in them what it looks for.
//!
//! Source: argo-rollouts `rollout/trafficrouting/*`: what a reconciler cannot patch is an error at
//! each try, and the rollout stays where it is.

use super::facts::Facts;
use super::router::{MeshRoute, Router, Wanted, Wish};
use super::{ROUTE_UNFIT, Resolver};

impl<'r> Resolver<'r> {
    pub(super) fn shifted(&mut self, pointer: &str, wish: &Wish) {
        match wish.router {
            Wanted::Mapping => self.mapping(pointer, wish),
            Wanted::Traefik => self.traefik(pointer, wish),
            Wanted::Apisix => self.apisix(pointer, wish),
            Wanted::AppMesh => self.app_mesh(pointer, wish),
            Wanted::Split => self.split(pointer, wish),
            Wanted::Subsets => self.subsets(pointer, wish),
        }
    }

    /// The object in one of the groups; one that should be there and is not is reported.
    fn sought(
        &mut self,
        pointer: &str,
        groups: &[&str],
        kind: &str,
        (namespace, name): (&str, &str),
    ) -> Option<&'r Facts> {
        let index = self.index;
        let mut each = groups.iter();
        let found = each.find_map(|group| index.object(group, kind, namespace, name));
        let mut each = groups.iter();
        let outside = each.any(|group| self.externals.has(group, kind, namespace, name));
        if found.is_none() && !outside {
            self.missing(pointer, kind, namespace, name);
        }
        found
    }

    fn beside(
        &mut self,
        pointer: &str,
        groups: &[&str],
        kind: &str,
        name: &str,
    ) -> Option<&'r Router> {
        let namespace = self.facts.namespace.as_str();
        let found = self.sought(pointer, groups, kind, (namespace, name))?;
        found.router.as_deref()
    }

    fn wrong(&mut self, pointer: &str, message: String, help: &str) {
        self.error(ROUTE_UNFIT, pointer, message, help);
    }

    fn mapping(&mut self, pointer: &str, wish: &Wish) {
        let groups = ["getambassador.io", "x.getambassador.io"];
        let found = self.beside(pointer, &groups, "Mapping", &wish.name);
        if let Some(Router::Mapping(weight)) = found.filter(|one| **one != Router::Mapping(0)) {
            let message = format!(
                "Mapping `{}` has the weight {weight}, and the controller takes none with a weight",
                wish.name
            );
            self.wrong(pointer, message, "remove `weight` from the Mapping");
        }
    }

    fn traefik(&mut self, pointer: &str, wish: &Wish) {
        let groups = ["traefik.io", "traefik.containo.us"];
        let found = self.beside(pointer, &groups, "TraefikService", &wish.name);
        let Some(Router::Traefik(services)) = found else {
            return;
        };
        let services = services.as_deref().unwrap_or_default();
        for end in [&wish.ends.0, &wish.ends.1] {
            if !services.contains(end) {
                let message = format!("TraefikService `{}` does not weigh `{end}`", wish.name);
                let help = "list both Services below `weighted.services`";
                self.wrong(pointer, message, help);
            }
        }
    }

    fn apisix(&mut self, pointer: &str, wish: &Wish) {
        let found = self.beside(pointer, &["apisix.apache.org"], "ApisixRoute", &wish.name);
        let Some(Router::Apisix(rules)) = found else {
            return;
        };
        let rules = rules.as_deref().unwrap_or_default();
        let own = std::slice::from_ref(&wish.name);
        let names = if wish.rules.is_empty() {
            own
        } else {
            &wish.rules
        };
        for name in names {
            let Some((_, backends)) = rules.iter().find(|(rule, _)| rule == name) else {
                let message = format!("ApisixRoute `{}` has no rule `{name}`", wish.name);
                self.wrong(pointer, message, "name a rule of the route below `rules`");
                continue;
            };
            let backends = backends.as_deref().unwrap_or_default();
            for end in [&wish.ends.0, &wish.ends.1] {
                if !backends.contains(end) {
                    let message = format!(
                        "rule `{name}` of ApisixRoute `{}` has no backend `{end}`",
                        wish.name
                    );
                    self.wrong(pointer, message, "list both Services below its `backends`");
                }
            }
        }
    }

    fn app_mesh(&mut self, pointer: &str, wish: &Wish) {
        const GROUP: &[&str] = &["appmesh.k8s.aws"];
        for node in [&wish.ends.0, &wish.ends.1] {
            self.beside(pointer, GROUP, "VirtualNode", node);
        }
        let found = self.beside(pointer, GROUP, "VirtualService", &wish.name);
        let Some(Router::MeshService(router)) = found else {
            return;
        };
        let Some((namespace, name)) = router else {
            let message = format!(
                "VirtualService `{}` is not provided by a VirtualRouter",
                wish.name
            );
            return self.wrong(
                pointer,
                message,
                "give it a `virtualRouter` as its `provider`",
            );
        };
        let found = self.sought(pointer, GROUP, "VirtualRouter", (namespace, name));
        if let Some(Router::MeshRoutes(routes)) = found.and_then(|found| found.router.as_deref()) {
            self.mesh_routes(pointer, wish, routes);
        }
    }

    fn mesh_routes(&mut self, pointer: &str, wish: &Wish, routes: &[MeshRoute]) {
        let help = "let each route weigh the two virtual nodes, each with a `weight`";
        if routes.is_empty() {
            let message = format!("the VirtualRouter of `{}` has no routes", wish.name);
            return self.wrong(pointer, message, help);
        }
        for route in routes {
            let picked = wish.rules.is_empty() || wish.rules.contains(&route.name);
            let targets = route.targets.as_deref().unwrap_or_default();
            let weighs = |end| targets.iter().any(|(node, weighs)| node == end && *weighs);
            let each = !picked || targets.iter().all(|(_, weighs)| *weighs);
            if targets.len() != 2 || !each {
                let message = format!(
                    "route `{}` of the VirtualRouter of `{}` does not weigh two virtual nodes",
                    route.name, wish.name
                );
                self.wrong(pointer, message, help);
            } else if picked && !(weighs(&wish.ends.0) && weighs(&wish.ends.1)) {
                let message = format!(
                    "route `{}` of the VirtualRouter of `{}` weighs other virtual nodes",
                    route.name, wish.name
                );
                self.warning(ROUTE_UNFIT, pointer, message, help);
            }
        }
    }

    /// The controller makes its own split, and leaves that of another alone.
    fn split(&mut self, pointer: &str, wish: &Wish) {
        let namespace = self.facts.namespace.as_str();
        let index = self.index;
        let found = index.object("split.smi-spec.io", "TrafficSplit", namespace, &wish.name);
        let Some(Router::Split(owner)) = found.and_then(|found| found.router.as_deref()) else {
            return;
        };
        if *owner != self.facts.name {
            let message = format!(
                "TrafficSplit `{}` is there already, and not the rollout's own",
                wish.name
            );
            self.wrong(pointer, message, "remove it: the controller makes one");
        }
    }

    fn subsets(&mut self, pointer: &str, wish: &Wish) {
        let found = self.beside(
            pointer,
            &["networking.istio.io"],
            "DestinationRule",
            &wish.name,
        );
        let Some(Router::Subsets(subsets)) = found else {
            return;
        };
        for end in [&wish.ends.0, &wish.ends.1] {
            if !end.is_empty() && !subsets.contains(end) {
                let message = format!("DestinationRule `{}` has no subset `{end}`", wish.name);
                self.wrong(pointer, message, "add the subset");
            }
        }
    }
}
