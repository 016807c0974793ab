//! The files of the lab's disk: size, dirty pages, download; and a way to add one.

use view::FileView;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::msg::Msg;

/// The list of files.
pub fn files(files: &[FileView], on: &Callback<Msg>) -> Html {
    let onchange = on.reform(|event: Event| {
        let input = event.target_unchecked_into::<HtmlInputElement>();
        let files = input
            .files()
            .map_or_else(Vec::new, |list| gloo::file::FileList::from(list).to_vec());
        // The same file can be chosen again.
        input.set_value("");
        Msg::Files(files)
    });
    let row = |file: &FileView| {
        let name = file.name.clone();
        let download = on.reform(move |_| Msg::Download(name.clone()));
        html! {
            <li key={file.name.clone()}>
                <span class="name">{ &file.name }</span>
                <span class="dirty" hidden={file.dirty == 0}>{ format!("{} dirty", file.dirty) }</span>
                <span class="size">{ &file.size_words }</span>
                <button type="button" class="plain" onclick={download} aria-label={format!("Download {}", file.name)}
                    title="Download">{ "↓" }</button>
            </li>
        }
    };
    let count = match files.len() {
        1 => "1 file".to_owned(),
        count => format!("{count} files"),
    };
    html! {
        <details class="files">
            <summary><h2>{ "Disk" }</h2><span class="count">{ count }</span></summary>
            <ul>{ for files.iter().map(row) }</ul>
            <p class="add">
                <label class="button">
                    { "Add a file…" }<input id="file" class="unseen" type="file" multiple={true} {onchange} />
                </label>
                { " or drop one anywhere" }
            </p>
        </details>
    }
}
