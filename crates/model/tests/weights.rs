//! Weights on disk: what is written is read back, and anything else is refused in words.

mod nets;

use std::borrow::Cow;
use std::collections::HashMap;

use model::{ModelError, weights};
use network::{Adadelta, Draw, Images, Noise, Optimizer, StepSettings};
use safetensors::{Dtype, SafeTensors, View};

fn parameters(network: &network::Network) -> Vec<f32> {
    nets::device(network, 1, 1, 3).parameters()
}

fn sample() -> Vec<u8> {
    let network = nets::tiny(true);
    weights::to_bytes(&network, &parameters(&network)).unwrap()
}

#[test]
fn weights_come_back_as_they_were_and_give_the_same_bytes() {
    for network in [nets::tiny(true), nets::tiny(false), nets::a(), nets::e_denoiser()] {
        let parameters = parameters(&network);
        let bytes = weights::to_bytes(&network, &parameters).unwrap();
        let read = weights::from_bytes(&bytes).unwrap();
        assert_eq!((&read.network, &read.parameters), (&network, &parameters));
        assert_eq!(weights::to_bytes(&network, &parameters).unwrap(), bytes);
    }
}

#[test]
fn tensors_are_named_so_that_encoder_and_decoder_are_told_apart() {
    let bytes = sample();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let mut names = file.names();
    names.sort_unstable();
    let expected = [
        "decoder.0.bias",
        "decoder.0.kernel",
        "decoder.1.bias",
        "decoder.1.kernel",
        "encoder.1.bias",
        "encoder.1.kernel",
        "latent.log_var.bias",
        "latent.log_var.kernel",
        "latent.mean.bias",
        "latent.mean.kernel",
    ];
    assert_eq!(names, expected);
    assert_eq!(file.tensor("encoder.1.kernel").unwrap().shape(), [16, 5]);
}

/// Bytes of another element type or shape than the network's, in the place of one tensor.
struct RawTensor(Dtype, Vec<usize>, Vec<u8>);

impl View for &RawTensor {
    fn dtype(&self) -> Dtype {
        self.0
    }
    fn shape(&self) -> &[usize] {
        &self.1
    }
    fn data(&self) -> Cow<'_, [u8]> {
        self.2.as_slice().into()
    }
    fn data_len(&self) -> usize {
        self.2.len()
    }
}

/// The sample with its tensors (and its metadata) changed.
fn altered(change: impl Fn(&mut HashMap<String, RawTensor>, &mut HashMap<String, String>)) -> Vec<u8> {
    let bytes = sample();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
    let mut metadata = header.metadata().clone().unwrap();
    let odd = |name: &str| {
        let view = file.tensor(name).unwrap();
        RawTensor(view.dtype(), view.shape().to_vec(), view.data().to_vec())
    };
    let mut tensors = file.names().into_iter().map(|name| (name.to_owned(), odd(name))).collect();
    change(&mut tensors, &mut metadata);
    safetensors::serialize(&tensors, Some(metadata)).unwrap()
}

#[test]
fn what_does_not_belong_is_named_with_what_was_expected() {
    const KERNEL: &str = "encoder.1.kernel"; // [16, 5]
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (
            altered(|tensors, _| drop(tensors.remove(KERNEL))),
            "tensor encoder.1.kernel: missing; expected shape [16, 5]",
        ),
        (
            altered(|tensors, _| tensors.get_mut(KERNEL).unwrap().1 = vec![5, 16]),
            "tensor encoder.1.kernel: has shape [5, 16], expected [16, 5]",
        ),
        (
            altered(|tensors, _| {
                let odd = tensors.get_mut(KERNEL).unwrap();
                (odd.0, odd.2) = (Dtype::F16, vec![0; 160]);
            }),
            "tensor encoder.1.kernel: holds F16, expected F32",
        ),
        (
            altered(|tensors, _| {
                tensors.get_mut(KERNEL).unwrap().2[12..16].copy_from_slice(&f32::NAN.to_le_bytes());
            }),
            "tensor encoder.1.kernel: value 3 is NaN, expected finite numbers",
        ),
        (
            altered(|tensors, _| {
                tensors.insert("encoder.9.kernel".into(), RawTensor(Dtype::F32, vec![1], vec![0; 4]));
            }),
            "tensor encoder.9.kernel: the network has none of this name; it has 10 tensors, the file 11",
        ),
        (
            altered(|_, metadata| metadata.clear()),
            "metadata latentlab = nothing: latentlab writes this key; weights of other programs are not read",
        ),
        (
            altered(|_, metadata| drop(metadata.insert("latentlab".into(), "{\"schema\":7}".into()))),
            "metadata schema = 7: this program reads schema 1; a newer latentlab wrote it",
        ),
        (
            altered(|_, metadata| drop(metadata.insert("latentlab".into(), "{\"schema\":1}".into()))),
            "metadata latentlab = {\"schema\":1}: missing field `network` at line 1 column 12",
        ),
        (Vec::new(), "not a whole safetensors file: it has fewer than 8 bytes"),
        (vec![0xff; 64], "the header has 18446744073709551615 bytes, more than the 1048576 allowed"),
        (sample()[..200].to_vec(), "not a whole safetensors file: it ends inside its header"),
        (
            sample()[..sample().len() - 1].to_vec(),
            "not a whole safetensors file: its length is not the one that its header promises",
        ),
    ];
    for (bytes, expected) in cases {
        assert_eq!(weights::from_bytes(&bytes).unwrap_err().to_string(), expected);
    }
}

#[test]
fn no_cut_and_no_flipped_byte_makes_it_panic() {
    let whole = sample();
    for cut in 0..whole.len() {
        assert!(weights::from_bytes(&whole[..cut]).is_err(), "cut at {cut}");
    }
    for at in 0..whole.len() {
        for flip in [0x01, 0x10, 0x80] {
            let mut bytes = whole.clone();
            bytes[at] ^= flip;
            let _ = weights::from_bytes(&bytes); // a changed value of a weight is a valid file
        }
    }
}

#[test]
fn weights_that_are_no_numbers_are_not_written() {
    let network = nets::tiny(true);
    let mut values = parameters(&network);
    values[7] = f32::INFINITY;
    let message = weights::to_bytes(&network, &values).unwrap_err().to_string();
    assert_eq!(message, "tensor encoder.1.kernel: value 7 is inf, expected finite numbers");
    values.pop();
    let message = weights::to_bytes(&network, &values).unwrap_err().to_string();
    assert!(message.contains("parameters, but the network has"), "{message}");
}

#[test]
fn an_optimizer_goes_on_where_it_stopped() {
    let network = nets::tiny(true);
    let images: Vec<f32> = (0..8 * 16).map(|i| (i % 7) as f32 / 6.0).collect();
    let (noise, draw) = (Noise::Mean, Draw::default());
    let settings = StepSettings { noise, draw, learning_rate: 0.01, kl_factor: 1.0, clip_norm: None };
    for optimizer in Optimizer::examples() {
        let mut device = nets::device(&network, 8, 1, 0);
        device.set_optimizer(optimizer);
        for _ in 0..3 {
            device.step(&Images(&images), 8, settings);
        }
        let bytes = model::optimizer_to_bytes(&network, &device.optimizer_buffers()).unwrap();
        let again = model::optimizer_from_bytes(&bytes, &network, optimizer).unwrap();
        assert_eq!((again.steps(), again.optimizer()), (3, optimizer));
        let mut other = nets::device(&network, 8, 1, 0);
        assert!(other.set_parameters(&device.parameters()) && other.set_optimizer_buffers(&again));
        device.step(&Images(&images), 8, settings);
        other.step(&Images(&images), 8, settings);
        assert_eq!(device.parameters(), other.parameters(), "{optimizer:?}");
    }
}

#[test]
fn the_state_of_another_optimizer_or_network_is_refused() {
    let network = nets::tiny(true);
    let mut device = nets::device(&network, 1, 1, 0);
    device.set_optimizer(Optimizer::default());
    let bytes = model::optimizer_to_bytes(&network, &device.optimizer_buffers()).unwrap();
    let fail = |network, optimizer| -> ModelError {
        model::optimizer_from_bytes(&bytes, network, optimizer).err().unwrap()
    };
    let adadelta = Adadelta { rho: 0.95, epsilon: 1e-7 }.into();
    let message = fail(&network, adadelta).to_string();
    assert_eq!(message, "metadata optimizer = adam: expected the state of adadelta");
    let message = fail(&nets::tiny(false), Optimizer::default()).to_string();
    assert!(message.starts_with("tensor first_moment.encoder.2.kernel: missing"), "{message}");
}
