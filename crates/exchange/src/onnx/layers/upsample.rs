//! `upsample2d`

use network::{Interpolation, Shape, UpSample};

use super::Operators;
use crate::onnx::graph::Attribute::Text;
use crate::onnx::graph::{Graph, Value};

impl Operators for UpSample {
    fn write(&self, graph: &mut Graph<'_>, _path: &str, x: &Value, _output: Shape) -> String {
        let scales = graph.floats(&[4], &[1.0, 1.0, self.size.rows as f32, self.size.columns as f32]);
        let how = match self.interpolation {
            Interpolation::Nearest => vec![
                ("mode", Text("nearest")),
                ("coordinate_transformation_mode", Text("asymmetric")),
                ("nearest_mode", Text("floor")),
            ],
            Interpolation::Bilinear => {
                vec![("mode", Text("linear")), ("coordinate_transformation_mode", Text("half_pixel"))]
            }
        };
        graph.node("Resize", &[&x.name, "", &scales], &how)
    }
}
