//! Through which values everything goes on its way from one value to another.

use super::graph::{Graph, NodeId};

/// Immediate dominators of all values that depend on one, by a single pass: values lie in topological order (Cooper, Harvey &
/// Kennedy 2001).
pub struct Dominators {
    root: NodeId,
    /// `None` of a value that depends on something else than the root, too.
    immediate: Vec<Option<NodeId>>,
}

impl Dominators {
    /// Of the values behind `root`.
    pub fn new(graph: &Graph, root: NodeId) -> Self {
        let mut immediate = vec![None; graph.nodes.len()];
        immediate[root] = Some(root);
        for id in root + 1..graph.nodes.len() {
            let mut common = None;
            for (number, input) in graph.nodes[id].inputs.iter().enumerate() {
                common = match (number, immediate[*input]) {
                    (_, None) => None,
                    (0, Some(_)) => Some(*input),
                    (_, Some(_)) => common.map(|found| intersect(&immediate, found, *input)),
                };
                if common.is_none() {
                    break;
                }
            }
            immediate[id] = common;
        }
        Self { root, immediate }
    }

    /// The value through which everything went last before it came to all of `values`; `None` where one of them depends on
    /// something else than the root.
    pub fn common(&self, values: &[NodeId]) -> Option<NodeId> {
        let (first, rest) = values.split_first()?;
        let mut common = *first;
        self.immediate[common]?;
        for value in rest {
            self.immediate[*value]?;
            common = intersect(&self.immediate, common, *value);
        }
        Some(common)
    }

    /// The values through which everything goes from the root to `end`, both included.
    pub fn path_to(&self, end: NodeId) -> Option<Vec<NodeId>> {
        let mut path = vec![end];
        let mut at = end;
        while at != self.root {
            at = self.immediate[at]?;
            path.push(at);
        }
        path.reverse();
        Some(path)
    }
}

fn intersect(immediate: &[Option<NodeId>], mut a: NodeId, mut b: NodeId) -> NodeId {
    while a != b {
        match a > b {
            true => a = immediate[a].expect("it depends on the root alone"),
            false => b = immediate[b].expect("it depends on the root alone"),
        }
    }
    a
}
