// The list of captions in the form. Writing changes as few elements as possible, so that the focus is kept.

const FIELDS = ["start", "end", "text"];

export class Rows {
  constructor(list, strings) {
    this.list = list;
    this.strings = strings;
    this.pattern = list.firstElementChild?.cloneNode(true);
  }

  /**
   * Return the captions in the fields.
   * @returns {Caption[]}
   */
  read() {
    const value = (row, name) => field(row, name).value;
    return [...this.list.children].map((row) => ({ start: value(row, "start"), end: value(row, "end"), text: value(row, "text") }));
  }

  /** Show these captions in the form. */
  write(captions) {
    while (this.list.children.length > captions.length) this.list.lastElementChild.remove();
    while (this.list.children.length < captions.length) this.list.append(this.#made(this.list.children.length + 1));
    captions.forEach((caption, index) => {
      for (const name of FIELDS) {
        const control = field(this.list.children[index], name);
        if (control.value !== caption[name]) control.value = caption[name];
      }
    });
  }

  /** Return a field of the caption at an index. */
  field(index, name) {
    const row = this.list.children[index];
    return row && field(row, name);
  }

  /** Return the index of the caption that contains an element, or -1. */
  indexOf(element) {
    return [...this.list.children].indexOf(element.closest?.("[data-caption]"));
  }

  /** Show the advice on the caption at an index. */
  advise(index, texts) {
    const place = this.list.children[index].querySelector(".caption__advice");
    if ([...place.children].map((line) => line.textContent).join("\n") === texts.join("\n")) return;
    place.replaceChildren(...texts.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
  }

  #made(number) {
    const row = this.pattern.cloneNode(true);
    const words = (name) => ` ${this.strings[name].replace("{n}", number)}`;
    row.querySelector("fieldset").id = `caption-${number}`;
    row.querySelector("legend").textContent = words("caption").trim();
    for (const name of FIELDS) {
      const control = field(row, name);
      const label = row.querySelector(`label[for="${control.id}"]`);
      control.id = label.htmlFor = `${name}-${number}`;
      control.removeAttribute("aria-invalid");
      control.setAttribute("aria-describedby", name === "text" ? `advice-${number}` : "time-hint");
      label.querySelector(".visually-hidden").textContent = words("of");
    }
    row.querySelector(".caption__advice").id = `advice-${number}`;
    for (const error of row.querySelectorAll(".error")) error.remove();
    for (const button of row.querySelectorAll("button")) {
      button.value = button.value.replace(/\d+$/, number);
      button.querySelector(".visually-hidden").textContent = words("which");
    }
    return row;
  }
}

function field(row, name) {
  return row.querySelector(`[name="${name}"]`);
}
