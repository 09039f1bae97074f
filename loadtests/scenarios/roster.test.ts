import t from 'tap'
import { Roster } from './roster.ts'

t.test('each connection is ready or has failed, and only one that was ready can be dropped', async (t) => {
  const roster = new Roster(3)
  const [steady, dropped, failed] = ['subscriber', 'subscriber', 'publisher'].map((kind) => roster.member(kind))
  steady?.arrive()
  dropped?.arrive()
  t.equal(roster.settled, false)
  failed?.leave('refused')
  t.equal(roster.settled, true)
  dropped?.leave('closed with 4201 overloaded')
  dropped?.leave('closed again')
  failed?.arrive()
  t.same(
    [steady, dropped, failed].map((member) => member?.ready),
    [true, false, false],
  )
  t.equal(roster.present, 1)
  t.same(roster.counts(), {
    connections: { planned: 3, ready: 2, failed: 1, dropped: 1 },
    troubles: { 'publisher failed: refused': 1, 'subscriber dropped: closed with 4201 overloaded': 1 },
  })
})

t.test('a connection that ends as it was to has neither failed nor dropped', async (t) => {
  const roster = new Roster(2)
  const [refused, closed] = ['expired', 'mute'].map((role) => roster.member(role))
  closed?.arrive()
  t.same(roster.roles(), { mute: 1 })
  refused?.dismiss()
  t.equal(roster.settled, true)
  closed?.dismiss()
  closed?.leave('closed again')
  t.equal(roster.present, 0)
  t.same(roster.counts(), { connections: { planned: 2, ready: 1, failed: 0, dropped: 0 }, troubles: {} })
})
