//! No circles: of the modules and folders below one parent, none uses another that leads back to it.
//!
//! A folder is what all files in it use. What a module and its own parent have of each other does not count.

use std::collections::{BTreeMap, VecDeque};

use super::{
    Finding,
    modules::{self, Use},
    tree::Tree,
};

const RULE: &str = "circle";
const THIS: &str = "xtask/src/tidy/circles.rs";

/// Uses that close a circle: the folder, who uses, and what. Those with a reason are meant so; the others are to
/// be broken. None may be added.
const KNOWN: &[(&str, &str, &str)] = &[
    // Each object is made for its provider, whose list names it.
    ("src", "provider", "actions"),
    ("src", "provider", "data_sources"),
    ("src", "provider", "ephemeral_resources"),
    ("src", "provider", "resources"),
    // The clients hold the cache of the publishers, and know whose they are.
    ("src/aws", "call", "clients"),
    ("src/aws", "clients", "rds"),
    ("src/aws", "sts", "clients"),
    ("crates/tfplugin/src", "framework", "registry"),
    ("crates/tfplugin/src", "provider", "registry"),
    // The methods that blocks and schemas share are a macro: one of them takes a nested block.
    ("crates/tfplugin/src/schema", "body_builder", "block"),
    ("crates/tfplugin/src/value", "types", "msgpack"),
    ("tests/integration/support", "kind", "stand_in"),
];

/// Who uses whom below one parent, and where.
type Graph = BTreeMap<String, BTreeMap<String, Vec<(String, usize)>>>;

pub fn check(tree: &Tree) -> Vec<Finding> {
    check_except(tree, KNOWN)
}

fn check_except(tree: &Tree, known: &[(&str, &str, &str)]) -> Vec<Finding> {
    let mut graphs = graphs(tree);
    let mut findings = Vec::new();
    for &(folder, from, to) in known {
        let graph = graphs.get(folder);
        if !graph.is_some_and(|graph| uses(graph, from, to) && shortest(graph, to, from).is_some())
        {
            let message =
                format!("{folder}: {from} -> {to} closes no circle any more: take it out of KNOWN");
            findings.push(Finding::new(
                THIS,
                line_of(tree, folder, from, to),
                RULE,
                message,
            ));
        }
    }
    for &(folder, from, to) in known {
        if let Some(used) = graphs.get_mut(folder).and_then(|graph| graph.get_mut(from)) {
            used.remove(to);
        }
    }
    for (folder, mut graph) in graphs {
        while let Some(circle) = shortest_circle(&graph) {
            findings.push(broken(&folder, &mut graph, circle));
        }
    }
    findings
}

/// Names a circle from the step with the fewest uses on, and takes that out of the graph.
fn broken(folder: &str, graph: &mut Graph, mut circle: Vec<String>) -> Finding {
    let uses = |at: usize| graph[&circle[at]][&circle[(at + 1) % circle.len()]].len();
    let thinnest = (0..circle.len()).min_by_key(|at| uses(*at)).unwrap_or(0);
    circle.rotate_left(thinnest);
    circle.push(circle[0].clone());
    let used = graph.get_mut(&circle[0]);
    let places = used
        .and_then(|used| used.remove(&circle[1]))
        .unwrap_or_default();
    let (path, line) = places.first().cloned().unwrap_or_default();
    let message = format!(
        "{folder}: {}; uses in the first step: {}",
        circle.join(" -> "),
        places.len(),
    );
    Finding::new(&path, line, RULE, message)
}

/// The graph of each folder.
fn graphs(tree: &Tree) -> BTreeMap<String, Graph> {
    let mut graphs: BTreeMap<String, Graph> = BTreeMap::new();
    for one in modules::crates(tree) {
        for Use {
            from,
            to,
            file,
            line,
        } in one.uses()
        {
            let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
            let (Some(user), Some(used)) = (from.get(common), to.get(common)) else {
                continue;
            };
            let mut folder = one.folder.clone();
            for name in &from[..common] {
                folder = format!("{folder}/{name}");
            }
            let graph = graphs.entry(folder).or_default();
            let of_user = graph.entry(user.clone()).or_default();
            of_user.entry(used.clone()).or_default().push((file, line));
        }
    }
    graphs
}

fn uses(graph: &Graph, from: &str, to: &str) -> bool {
    graph.get(from).is_some_and(|used| used.contains_key(to))
}

fn shortest_circle(graph: &Graph) -> Option<Vec<String>> {
    let circles = graph
        .iter()
        .flat_map(|(from, used)| used.keys().filter_map(move |to| shortest(graph, to, from)));
    circles.min_by_key(Vec::len)
}

/// The shortest way from one module to another.
fn shortest(graph: &Graph, from: &str, to: &str) -> Option<Vec<String>> {
    let mut ways = VecDeque::from([vec![from.to_owned()]]);
    let mut seen = vec![from.to_owned()];
    while let Some(way) = ways.pop_front() {
        let last = way.last()?;
        if last == to {
            return Some(way);
        }
        for next in graph.get(last).into_iter().flat_map(BTreeMap::keys) {
            if !seen.contains(next) {
                seen.push(next.clone());
                let mut longer = way.clone();
                longer.push(next.clone());
                ways.push_back(longer);
            }
        }
    }
    None
}

fn line_of(tree: &Tree, folder: &str, from: &str, to: &str) -> usize {
    let entry = format!("(\"{folder}\", \"{from}\", \"{to}\")");
    let this = tree.files.iter().find(|file| file.path == THIS);
    let line = this.and_then(|file| file.lines().find(|(_, line)| line.contains(&entry)));
    line.map_or(1, |(number, _)| number)
}

#[cfg(test)]
mod tests {
    use super::{super::tree::Tree, check_except};

    fn messages(files: &[(&str, &str)], known: &[(&str, &str, &str)]) -> Vec<String> {
        let findings = check_except(&Tree::of(files), known);
        findings.iter().map(ToString::to_string).collect()
    }

    const CIRCLE: [(&str, &str); 4] = [
        ("src/lib.rs", "mod a; mod b; mod c;"),
        ("src/a.rs", "use crate::b::{B, D};"),
        ("src/b.rs", "use crate::c::{C, E};"),
        ("src/c.rs", "\nuse crate::a::A;"),
    ];

    #[test]
    fn circle_is_found_at_its_thinnest_step() {
        let found = messages(&CIRCLE, &[]);
        let expected = "src/c.rs:2: circle: src: c -> a -> b -> c; uses in the first step: 1";
        assert_eq!(found, [expected]);
    }

    #[test]
    fn circle_of_folders_is_found_where_no_two_files_make_one() {
        let files = [
            ("src/lib.rs", "mod a; mod b;"),
            ("src/a/mod.rs", "mod one; mod two;"),
            ("src/a/one.rs", "use crate::b::B;"),
            ("src/a/two.rs", ""),
            ("src/b.rs", "use crate::a::two::Two;"),
        ];
        assert_eq!(messages(&files, &[]).len(), 1);
    }

    #[test]
    fn module_and_its_parent_are_no_circle() {
        let files = [
            ("src/lib.rs", "mod a;"),
            ("src/a/mod.rs", "mod one; use one::One;"),
            ("src/a/one.rs", "use super::A;"),
        ];
        assert!(messages(&files, &[]).is_empty());
    }

    #[test]
    fn known_circle_is_none_and_must_be_there() {
        assert!(messages(&CIRCLE, &[("src", "c", "a")]).is_empty());
        let found = messages(&CIRCLE[..3], &[("src", "c", "a")]);
        assert!(found[0].contains("closes no circle any more"), "{found:?}");
        let found = messages(&CIRCLE, &[("src", "c", "a"), ("src", "a", "c")]);
        assert_eq!(found.len(), 1);
    }
}
