//! ONNX files as a graph of layers. Values are views: axes in the file's order over a value of ours, whose channels come last;
//! so transposes and changes of shape cost nothing, and the order of an image's values is known where a product takes them.

mod array;
mod convolution;
mod elementwise;
mod file;
mod norm;
mod pattern;
mod pool;
mod product;
mod reader;
mod shape;
mod view;

pub use file::read_onnx;
