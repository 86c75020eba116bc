//! HDF5 files, as images and as points.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| hostile::array("x.h5", bytes));
