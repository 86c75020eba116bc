//! The machine that a run was trained on.

use std::env::consts::{ARCH, OS};

use serde::{Deserialize, Serialize};

/// The machine that a run was trained on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// Operating system: `linux`, `macos`, `windows`.
    pub os: String,
    /// Architecture: `x86_64`, `aarch64`.
    pub arch: String,
    /// Model of the processor, as it names itself; empty where it cannot be found out.
    pub cpu: String,
    /// Logical processors that this process may use.
    pub cores: usize,
    /// Threads that trained.
    pub threads: usize,
    /// The instruction set that the kernels used, as the engine names it.
    pub instruction_set: String,
}

impl Machine {
    /// This machine. What the operating system cannot say (threads used, instruction set) is left empty for
    /// the trainer to fill in.
    pub fn detect() -> Self {
        Self {
            os: OS.to_owned(),
            arch: ARCH.to_owned(),
            cpu: cpu_model().unwrap_or_default(),
            cores: std::thread::available_parallelism().map_or(1, |cores| cores.get()),
            threads: 0,
            instruction_set: String::new(),
        }
    }
}

#[cfg(target_os = "linux")]
fn cpu_model() -> Option<String> {
    model_in_cpuinfo(&std::fs::read_to_string("/proc/cpuinfo").ok()?)
}

#[cfg(target_os = "macos")]
fn cpu_model() -> Option<String> {
    let mut sysctl = std::process::Command::new("/usr/sbin/sysctl");
    let output = sysctl.args(["-n", "machdep.cpu.brand_string"]).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn cpu_model() -> Option<String> {
    std::env::var("PROCESSOR_IDENTIFIER").ok()
}

/// The value of the first `model name` (x86) or `Model` (some ARM boards) line.
#[cfg(any(target_os = "linux", test))]
fn model_in_cpuinfo(text: &str) -> Option<String> {
    ["model name", "Model"].into_iter().find_map(|wanted| {
        text.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            (key.trim() == wanted).then(|| value.trim().to_owned())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_a_core_and_a_name() {
        let machine = Machine::detect();
        assert!(machine.cores >= 1 && !machine.os.is_empty() && !machine.arch.is_empty());
    }

    #[test]
    fn the_model_is_found_on_x86_and_arm() {
        let x86 =
            "processor\t: 0\nmodel\t\t: 85\nmodel name\t: Intel(R) Xeon(R) CPU @ 2.20GHz\nstepping\t: 7\n";
        assert_eq!(model_in_cpuinfo(x86).as_deref(), Some("Intel(R) Xeon(R) CPU @ 2.20GHz"));
        let arm = "processor\t: 0\nCPU part\t: 0xd0b\n\nModel\t\t: Raspberry Pi 5 Model B\n";
        assert_eq!(model_in_cpuinfo(arm).as_deref(), Some("Raspberry Pi 5 Model B"));
        assert_eq!(model_in_cpuinfo(""), None);
    }
}
