//! `completions`: what a shell needs to complete commands and options.

use clap::CommandFactory;
use clap_complete::Shell;
use serde_json::json;

use crate::program::outcome::Outcome;

/// Print the completion script of a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  latentlab completions bash > ~/.local/share/bash-completion/completions/latentlab
  latentlab completions zsh > ~/.zfunc/_latentlab
  latentlab completions fish > ~/.config/fish/completions/latentlab.fish")]
pub struct Arguments {
    /// The shell
    pub shell: Shell,
}

/// Prints the script.
pub fn run(arguments: &Arguments) -> Outcome {
    let mut script = Vec::new();
    let mut command = crate::program::arguments::Arguments::command();
    clap_complete::generate(arguments.shell, &mut command, "latentlab", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    let json = json!({ "shell": arguments.shell.to_string(), "script": script });
    Outcome::answer(script, json)
}
