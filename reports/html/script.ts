/** What the page does where scripts run: it filters cases and rows, copies commands, and opens what a link leads to. */
export const SCRIPT = `
for (const button of document.querySelectorAll('.copy')) {
  button.hidden = !navigator.clipboard
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(button.previousElementSibling.textContent)
    button.textContent = 'Copied'
    setTimeout(() => { button.textContent = 'Copy' }, 1500)
  })
}
for (const form of document.querySelectorAll('.cases .filter')) {
  const scope = form.closest('.cases')
  const search = form.querySelector('input[type=search]')
  const cases = [...scope.querySelectorAll('.case')]
  const groups = [...scope.querySelectorAll('.group')].map((element) => ({ element, open: element.open }))
  const texts = new Map()
  const textOf = (element) => {
    if (!texts.has(element)) texts.set(element, element.textContent.toLowerCase())
    return texts.get(element)
  }
  form.hidden = false
  form.addEventListener('submit', (event) => event.preventDefault())
  form.addEventListener('input', () => {
    const text = search.value.trim().toLowerCase()
    const verdicts = [...form.querySelectorAll(':checked')].map((box) => box.value)
    const isFiltered = text !== '' || verdicts.length > 0
    for (const element of cases) {
      const isShown = (verdicts.length === 0 || verdicts.includes(element.dataset.verdict)) && textOf(element).includes(text)
      element.hidden = !isShown
    }
    for (const { element, open } of groups) {
      element.hidden = !element.querySelector('.case:not([hidden])')
      element.open = isFiltered || open
    }
    scope.querySelector('.nothing').hidden = cases.some((element) => !element.hidden)
  })
}
for (const form of document.querySelectorAll('.matrix-filter .filter')) {
  const scope = form.closest('.matrix-filter')
  const rows = [...scope.querySelectorAll('.entry')].map((element) => ({ element, text: element.firstElementChild.textContent.toLowerCase() }))
  const bodies = scope.querySelectorAll('.rows')
  form.hidden = false
  form.addEventListener('submit', (event) => event.preventDefault())
  form.addEventListener('input', () => {
    const text = form.querySelector('input[type=search]').value.trim().toLowerCase()
    const verdicts = [...form.querySelectorAll('[value]:checked')].map((box) => box.value)
    const onlyDiffering = form.querySelector('.differs').checked
    for (const { element, text: own } of rows) {
      const has = element.dataset.verdicts.split(' ')
      const isShown = own.includes(text) && (verdicts.length === 0 || verdicts.some((one) => has.includes(one)))
      element.hidden = !isShown || (onlyDiffering && element.dataset.differs !== 'true')
    }
    for (const body of bodies) body.hidden = !body.querySelector('.entry:not([hidden])')
    scope.querySelector('.nothing').hidden = rows.some(({ element }) => !element.hidden)
  })
}
const reveal = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)))
  for (let fold = target?.closest('details'); fold; fold = fold.parentElement.closest('details')) fold.open = true
  target?.scrollIntoView()
}
addEventListener('hashchange', reveal)
if (location.hash) reveal()
`
