//! The page: a Yew program that draws scenes and issues commands.

use yew::prelude::*;

/// The whole page.
#[component]
pub fn App() -> Html {
    html! {
        <main>
            <h1>{ "mmap-lab" }</h1>
            <p>{ "See what mmap really does." }</p>
        </main>
    }
}
