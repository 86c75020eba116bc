//! The way from a page to the one in which one walks through the latent space.

/// Where the explorer of a run or a study is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExplorerLink {
    /// `explorer.html` lies beside the page.
    Beside,
    /// This command makes it.
    MadeBy(String),
}

const BEGIN: &str = "<p class=\"explorer\">";
const END: &str = "</p>";
const BESIDE: &str = "<a href=\"explorer.html\">Walk through the latent space</a>";

impl ExplorerLink {
    /// The paragraph that says so.
    pub(super) fn markup(&self) -> String {
        match self {
            Self::Beside => format!("{BEGIN}{BESIDE}{END}"),
            Self::MadeBy(command) => {
                let escaped = command.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
                format!("{BEGIN}To walk through the latent space: <code>{escaped}</code>{END}")
            }
        }
    }

    /// A page that was made before there was an explorer, with the link to it; `None` of a page without a place for it.
    pub fn add_to(html: &str) -> Option<String> {
        let (before, rest) = html.split_once(BEGIN)?;
        let (_, after) = rest.split_once(END)?;
        Some(format!("{before}{BEGIN}{BESIDE}{END}{after}"))
    }
}
