//! Puts the page into the document's body.

fn main() {
    yew::Renderer::<web::App>::new().render();
}
