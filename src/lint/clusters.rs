//! Which files describe one cluster: all of them, unless two folders (or files) beside each other
//! describe the same objects, as the environments of one product do.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

/// So many objects are the same by intention; fewer are a mistake.
const SAME: usize = 3;

/// More clusters than these in one run are no environments.
const MOST: usize = 64;

/// Numbers of the objects of each cluster, and pairs of paths that describe the same.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Clusters {
    pub members: Vec<Vec<usize>>,
    pub pairs: Vec<(String, String)>,
}

/// `objects` are paths and identities. Two neighbours are cut apart where half of the smaller one
/// is described in the other as well, or some objects are in files of the same name, or one is and
/// the folders have mostly the same files.
pub fn clusters<I: Ord>(objects: &[(&str, I)]) -> Clusters {
    let pairs = pairs(objects);
    if pairs.is_empty() {
        let members = vec![(0..objects.len()).collect()];
        return Clusters { members, pairs };
    }
    let cut: BTreeSet<&str> = pairs
        .iter()
        .flat_map(|(a, b)| [a.as_str(), b.as_str()])
        .collect();
    let mut by_key: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, (path, _)) in objects.iter().enumerate() {
        by_key.entry(key(path, &cut)).or_default().push(at);
    }
    let leaves: Vec<&str> = by_key
        .keys()
        .copied()
        .filter(|key| is_leaf(key, &by_key))
        .collect();
    if leaves.len() > MOST {
        let members = vec![(0..objects.len()).collect()];
        return Clusters {
            members,
            pairs: Vec::new(),
        };
    }
    let members = leaves.into_iter().map(|leaf| {
        let keys = prefixes(leaf).chain([""]).collect::<BTreeSet<_>>();
        let own = keys.into_iter().filter_map(|key| by_key.get(key));
        let mut own: Vec<usize> = own.flatten().copied().collect();
        own.sort_unstable();
        own
    });
    Clusters {
        members: members.collect(),
        pairs,
    }
}

/// Whether no other key goes on below this one.
fn is_leaf<T>(key: &str, keys: &BTreeMap<&str, T>) -> bool {
    let below = match key {
        "" => return keys.len() == 1,
        key => format!("{key}/"),
    };
    let mut next = keys.range(below.as_str()..);
    next.next()
        .is_none_or(|(other, _)| !other.starts_with(&below))
}

/// What two neighbours have in common.
#[derive(Default)]
struct Shared<'a> {
    objects: usize,
    /// Files of the same path below them.
    files: BTreeSet<&'a str>,
}

/// Neighbours that describe the same objects.
fn pairs<I: Ord>(objects: &[(&str, I)]) -> Vec<(String, String)> {
    let mut by_identity: BTreeMap<&I, BTreeSet<&str>> = BTreeMap::new();
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    for (path, identity) in objects {
        by_identity.entry(identity).or_default().insert(path);
        for prefix in prefixes(path) {
            *sizes.entry(prefix).or_default() += 1;
        }
    }
    let mut shared: BTreeMap<(&str, &str), Shared<'_>> = BTreeMap::new();
    for paths in by_identity.values() {
        for (a, b) in paths.iter().zip(paths.iter().skip(1)) {
            let (above, beside) = part(a, b);
            let both = shared.entry((above, beside)).or_default();
            let rest = &a[above.len()..];
            both.objects += 1;
            if !rest.is_empty() && rest == &b[beside.len()..] {
                both.files.insert(rest);
            }
        }
    }
    let size = |path: &str| sizes.get(path).copied().unwrap_or_default();
    let files: BTreeSet<&str> = objects.iter().map(|(path, _)| *path).collect();
    let mut compared = 0;
    let shown = beside(&shared, &files, &size);
    let variants = shared.into_iter().filter(|((a, b), both)| {
        if shown.contains(&(*a, *b)) {
            return true;
        }
        let half = 2 * both.objects >= size(a).min(size(b));
        if both.files.len() >= SAME || both.objects >= SAME && half {
            return true;
        }
        compared += 1;
        !both.files.is_empty() && compared <= MOST && are_alike(a, b, &files)
    });
    variants
        .map(|((a, b), _)| (a.to_owned(), b.to_owned()))
        .collect()
}

/// Files of one folder that are variants: a whole file of two objects or more stands in another one as
/// well; where there are such, any two that share an object.
fn beside<'a>(
    shared: &BTreeMap<(&'a str, &'a str), Shared<'_>>,
    files: &BTreeSet<&str>,
    size: &dyn Fn(&str) -> usize,
) -> BTreeSet<(&'a str, &'a str)> {
    let folder = |path: &'a str| path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let both = || {
        let are_files = |pair: &(&str, &str)| files.contains(pair.0) && files.contains(pair.1);
        shared.iter().filter(move |(pair, _)| are_files(pair))
    };
    let whole =
        both().filter(|((a, b), both)| both.objects >= 2 && both.objects == size(a).min(size(b)));
    let folders: BTreeSet<&str> = whole.map(|((a, _), _)| folder(a)).collect();
    let pairs = both().map(|(pair, _)| *pair);
    pairs.filter(|(a, _)| folders.contains(folder(a))).collect()
}

/// Whether half of the files of the smaller folder have a namesake in the other one.
fn are_alike(a: &str, b: &str, files: &BTreeSet<&str>) -> bool {
    let (a, b) = (below(a, files), below(b, files));
    2 * a.intersection(&b).count() >= a.len().min(b.len())
}

/// What stands behind a folder in the paths of its files.
fn below<'a>(folder: &str, files: &BTreeSet<&'a str>) -> BTreeSet<&'a str> {
    let from = (Bound::Included(folder), Bound::Unbounded);
    let all = files.range::<str, _>(from);
    let all = all.take_while(|path| path.starts_with(folder));
    all.filter_map(|path| path.get(folder.len()..))
        .filter(|rest| rest.starts_with('/'))
        .collect()
}

/// Every folder above a path, and the path itself.
fn prefixes(path: &str) -> impl Iterator<Item = &str> {
    let folders = path.match_indices('/').map(|(at, _)| &path[..at]);
    folders.chain([path])
}

/// The first parts of two paths that differ, each with what is above it.
fn part<'a>(a: &'a str, b: &'a str) -> (&'a str, &'a str) {
    let differ = |(a, b): &(&str, &str)| a != b;
    let both = prefixes(a).zip(prefixes(b)).find(differ);
    both.unwrap_or((a, b))
}

/// The deepest of the paths that are cut off, on the way to this one; empty where none is. What
/// stands beside them belongs to all of them.
fn key<'a>(path: &'a str, cut: &BTreeSet<&str>) -> &'a str {
    let found = prefixes(path).filter(|prefix| cut.contains(prefix));
    found.last().unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(files: &[(&str, &str)]) -> Vec<String> {
        let objects: Vec<(&str, char)> = files
            .iter()
            .flat_map(|(path, names)| names.chars().map(|name| (*path, name)))
            .collect();
        let names = |members: Vec<usize>| members.into_iter().map(|at| objects[at].1).collect();
        clusters(&objects).members.into_iter().map(names).collect()
    }

    /// Files with their objects, and the clusters that they are.
    type Case = (
        &'static [(&'static str, &'static str)],
        &'static [&'static str],
    );

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table")]
    fn folders_with_the_same_objects_are_clusters() {
        let cases: &[Case] = &[
            (&[("a.yaml", "abc"), ("b.yaml", "cd")], &["abccd"]),
            (&[("a.yaml", "a"), ("b.yaml", "ab")], &["aab"]),
            (&[("a.yaml", "ab"), ("b.yaml", "ab")], &["ab", "ab"]),
            (
                &[
                    ("d/a.yaml", "sd"),
                    ("d/b.yaml", "sd"),
                    ("d/c.yaml", "sx"),
                    ("d/v.yaml", "gv"),
                ],
                &["sdgv", "sdgv", "sxgv"],
            ),
            (&[("a.yaml", "abc"), ("b.yaml", "abcd")], &["abc", "abcd"]),
            (
                &[
                    ("g/p/a.yaml", "abc"),
                    ("g/s/a.yaml", "abc"),
                    ("g/x.yaml", "x"),
                ],
                &["abcx", "abcx"],
            ),
            (
                &[("p/a.yaml", "abcdefgh"), ("s/b.yaml", "abcvwxyz")],
                &["abcdefghabcvwxyz"],
            ),
            (
                &[("p/a.yaml", "a"), ("p/b.yaml", "bc"), ("s/a.yaml", "bca")],
                &["abc", "bca"],
            ),
            (
                &[
                    ("p/x/a.yaml", "a"),
                    ("p/x/b.yaml", "b"),
                    ("p/x/c.yaml", "c"),
                    ("p/b.yaml", "defghi"),
                    ("s/x/a.yaml", "a"),
                    ("s/x/b.yaml", "b"),
                    ("s/x/c.yaml", "c"),
                    ("s/b.yaml", "jklmno"),
                ],
                &["abcdefghi", "abcjklmno"],
            ),
            (
                &[
                    ("p/x.yaml", "x"),
                    ("p/y.yaml", "a"),
                    ("s/x.yaml", "x"),
                    ("s/y.yaml", "b"),
                ],
                &["xa", "xb"],
            ),
            (
                &[
                    ("p/x.yaml", "x"),
                    ("p/y.yaml", "a"),
                    ("p/z.yaml", "c"),
                    ("s/x.yaml", "x"),
                    ("s/u.yaml", "b"),
                    ("s/v.yaml", "d"),
                ],
                &["xacxbd"],
            ),
            (&[], &[""]),
        ];
        for (files, expected) in cases {
            let found = cut(files);
            let sorted = |list: Vec<&str>| {
                let mut list: Vec<String> = list.into_iter().map(str::to_owned).collect();
                list.sort();
                list
            };
            let found: Vec<&str> = found.iter().map(String::as_str).collect();
            assert_eq!(sorted(found), sorted(expected.to_vec()), "{files:?}");
        }
    }
}
