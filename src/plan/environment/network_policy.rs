//! NetworkPolicy: where services run, nothing is allowed that no other policy allows.
//! A component's namespace has none: nobody here knows its traffic.

use super::Part;
use super::spaces::spaces;
use crate::diagnostic::Diagnostics;
use crate::draft::Traced;
use crate::plan::Planned;
use crate::plan::scope::Scope;

pub const PART: Part = Part {
    kind: "NetworkPolicy",
    template: "default-deny",
    lower,
};

fn lower(scope: &Scope, _diags: &mut Diagnostics) -> Vec<Planned> {
    let spaces = spaces(scope);
    let spaces = spaces.iter().filter(|(_, space)| space.has_services);
    let one = |(name, space): (&crate::value::Str, &super::spaces::Space)| {
        let context = Traced::map()
            .with("namespace", space.traced(name))
            .with("labels", scope.labels());
        let path = format!("namespaces/network-policy-{name}");
        scope.planned(&path, PART.template, context, space.origin)
    };
    spaces.map(one).collect()
}
