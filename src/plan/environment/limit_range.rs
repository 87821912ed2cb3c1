//! LimitRange: what a container gets that asks for nothing, and the most that one may ask for.
//!
//! Written as the API server stores it, which fills `default` from `max`
//! (k8s.io/kubernetes `pkg/apis/core/v1/defaults.go`, `SetDefaults_LimitRangeItem`).

use super::Part;
use super::spaces::{Space, spaces};
use crate::diagnostic::Diagnostics;
use crate::draft::{Origin, Traced};
use crate::plan::Planned;
use crate::plan::scope::Scope;
use crate::spec::field::At;
use crate::spec::language::Limits;
use crate::spec::unit::{Cpu, Memory, Range};

pub const PART: Part = Part {
    kind: "LimitRange",
    template: "limit-range",
    lower,
};

/// Without a word a container asks for a tenth of a processor and 128 MiB, and is stopped beyond
/// 512 MiB: enough for a sidecar, too little to starve a node.
const CPU: Cpu = Cpu(100);
const MEMORY: Memory = Memory(128 << 20);
const MEMORY_LIMIT: Memory = Memory(512 << 20);

fn lower(scope: &Scope, _diags: &mut Diagnostics) -> Vec<Planned> {
    let spaces = spaces(scope);
    let spaces = spaces.iter().filter(|(_, space)| space.has_services);
    let one = |(name, space): (&crate::value::Str, &Space)| {
        let limits = scope.environment.spec.limits.as_ref();
        let context = bounds(limits.filter(|_| space.is_own))
            .with("namespace", space.traced(name))
            .with("labels", scope.labels());
        let path = format!("namespaces/limit-range-{name}");
        scope.planned(&path, PART.template, context, space.origin)
    };
    spaces.map(one).collect()
}

/// An amount and where it comes from.
type Amount<T> = (T, Origin);

fn bounds(limits: Option<&Limits>) -> Traced {
    let given = |at: &At<Cpu>| (at.value, Origin::Spec(at.span));
    let max_cpu = limits.and_then(|limits| limits.max_cpu.as_ref()).map(given);
    let max_memory = limits
        .and_then(|limits| limits.max_memory.as_ref())
        .map(|at| (at.value, Origin::Spec(at.span)));
    let (cpu, cpu_limit) = amounts(
        limits.and_then(|limits| limits.cpu.as_ref()),
        (CPU, None),
        max_cpu,
        false,
    );
    let (memory, memory_limit) = amounts(
        limits.and_then(|limits| limits.memory.as_ref()),
        (MEMORY, Some(MEMORY_LIMIT)),
        max_memory,
        true,
    );
    let most = pair(max_cpu, max_memory);
    Traced::map()
        .with("requests", pair(Some(cpu), Some(memory)))
        .with("limits", pair(cpu_limit, memory_limit))
        .with("most", most)
}

/// Request and limit. One value is both where `is_both`; nothing of ours is above the maximum.
fn amounts<T: Copy + PartialOrd>(
    given: Option<&At<Range<T>>>,
    (request, limit): (T, Option<T>),
    most: Option<Amount<T>>,
    is_both: bool,
) -> (Amount<T>, Option<Amount<T>>) {
    let by_default = Origin::Default("limits");
    let (request, limit) = match given {
        Some(at) => {
            let Range { request, limit } = at.value;
            let limit = limit.or(is_both.then_some(request));
            let at = |value| (value, Origin::Spec(at.span));
            (at(request), limit.map(at))
        }
        None => (
            least((request, by_default), most),
            limit.map(|limit| least((limit, by_default), most)),
        ),
    };
    (request, limit.or(most))
}

fn least<T: PartialOrd>(amount: Amount<T>, most: Option<Amount<T>>) -> Amount<T> {
    match most {
        Some(most) if most.0 < amount.0 => most,
        _ => amount,
    }
}

/// `{cpu, memory}` with what is given; null where nothing is.
fn pair(cpu: Option<Amount<Cpu>>, memory: Option<Amount<Memory>>) -> Traced {
    let mut pair = Traced::map();
    if let Some((amount, origin)) = cpu {
        pair = pair.with("cpu", Traced::from(amount.to_string()).from_origin(origin));
    }
    if let Some((amount, origin)) = memory {
        pair = pair.with(
            "memory",
            Traced::from(amount.to_string()).from_origin(origin),
        );
    }
    match pair == Traced::map() {
        true => Traced::default(),
        false => pair,
    }
}
