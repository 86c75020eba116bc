//! `branches`

use serde::{Deserialize, Serialize};

use super::registry::inside;
use super::{Chain, Dense, Layer, LayerError, LayerRule};
use crate::activation::Activation;
use crate::initializer::Initializer;
use crate::key::Fallback::Required;
use crate::key::Key;
use crate::shape::Shape;
use crate::values::Values;

/// Several chains of layers from one input, and their outputs put together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Branches {
    /// How the outputs are put together.
    pub merge: Merge,
    /// The chains, at least two; an empty one passes the input on.
    pub branches: Vec<Vec<Layer>>,
}

/// How the outputs of branches are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Merge {
    /// Their sum, value by value.
    Add,
    /// The channels of one after those of the other.
    Concat,
}

impl Merge {
    fn name(self) -> &'static str {
        match self {
            Merge::Add => "add",
            Merge::Concat => "concat",
        }
    }
}

impl LayerRule for Branches {
    const KIND: &'static str = "branches";
    const KEYS: &'static [Key] = &[
        Key::new(
            "merge",
            Values::Choice(&["add", "concat"]),
            Required,
            "\"add\"",
            "How the outputs are put together: their sum, or the channels of one after those of the other.",
        ),
        Key::new(
            "branches",
            Values::Other {
                kind: "list of lists of layers",
                range: "at least two; an empty one passes the input on",
                refused: &["[]", "[[]]", "[1]"],
            },
            Required,
            "[[], [{ layer = \"activation\", activation = \"relu\" }]]",
            "Chains of layers from the same input.",
        ),
    ];

    fn output_shape(&self, input: Shape) -> Result<Shape, LayerError> {
        if self.branches.len() < 2 {
            return Err(LayerError::new("branches", self.branches.len(), "needs at least two"));
        }
        let output = |(i, layers): (usize, &Vec<Layer>)| inside(&format!("branches[{i}]"), layers, input);
        let outputs: Vec<_> = self.branches.iter().enumerate().map(output).collect::<Result<_, _>>()?;
        let first = outputs[0];
        let (height, width, _) = first.pixels();
        let fits = |output: &Shape| match self.merge {
            Merge::Add => *output == first,
            Merge::Concat => {
                let (rows, columns, _) = output.pixels();
                (rows, columns) == (height, width)
                    && matches!(output, Shape::Vector(_)) == matches!(first, Shape::Vector(_))
            }
        };
        if !outputs.iter().all(fits) {
            let shapes: Vec<_> = outputs.iter().map(ToString::to_string).collect();
            let allowed = match self.merge {
                Merge::Add => "takes branches that give one shape",
                Merge::Concat => "takes branches that give images of one height and width, or vectors",
            };
            let allowed = format!("{allowed}; these give {}", shapes.join(", "));
            return Err(LayerError::new("merge", self.merge.name(), allowed));
        }
        let channels = outputs.iter().fold(0usize, |sum, output| sum.saturating_add(output.pixels().2));
        Ok(match (self.merge, first) {
            (Merge::Add, _) => first,
            (Merge::Concat, Shape::Vector(_)) => Shape::Vector(channels),
            (Merge::Concat, Shape::Image { .. }) => Shape::image(height, width, channels),
        })
    }

    fn chains(&self) -> Vec<Chain<'_>> {
        self.branches
            .iter()
            .enumerate()
            .map(|(i, layers)| Chain { name: format!("branches.{i}"), layers })
            .collect()
    }

    fn examples() -> Vec<(Shape, Self)> {
        let dense = |units| -> Layer {
            Dense { units, activation: Activation::Tanh, initializer: Initializer::default() }.into()
        };
        vec![
            (Shape::Vector(6), Branches { merge: Merge::Add, branches: vec![vec![dense(6)], vec![]] }),
            (
                Shape::Vector(6),
                Branches {
                    merge: Merge::Concat,
                    branches: vec![vec![dense(3), dense(5)], vec![], vec![dense(2)]],
                },
            ),
        ]
    }
}
