import { expect, it } from 'vitest'
import { evaluate } from './modules.ts'

const WORLD = `
import os, signal, time
from loop import Loop
from worker import Workers

class Over(Exception):
    pass

def results(tasks, **more):
    def over(told):
        raise Over(told)
    loop = Loop()
    try:
        Workers(loop, tasks, 0.3, over, **more)
        loop.run()
    except Over as told:
        return [each if isinstance(each, list) else type(each).__name__ for each in told.args[0]]

def well(tell):
    tell({"é": None})
    tell("\\n")

def dies(tell):
    tell(1)
    raise ValueError

def killed(tell):
    tell(1)
    os.kill(os.getpid(), signal.SIGKILL)

def hangs(tell):
    tell(1)
    time.sleep(1000)

def stopped(tell):
    tell(1)
    os.kill(os.getpid(), signal.SIGSTOP)

def talks(tell):
    while True:
        tell("x" * 1000)

def half(tell):
    tell(1)
    os.write(max(map(int, os.listdir("/proc/self/fd")[3:4])), b'"cut')
    os.kill(os.getpid(), signal.SIGKILL)

def open_files(tell):
    tell(len([name for name in os.listdir("/proc/self/fd") if int(name) > 2]))
`

/** What the tasks of these names have told once all are over. */
const told = (tasks: string, more = '') =>
  evaluate(
    'worker',
    `(lambda world: (exec(given, world), eval("results([${tasks}]${more})", world))[1])({})`,
    WORLD,
  )

it('a task has a child of its own: it may die, hang or be stopped, and what it has told is had', () => {
  expect(told('well, dies, killed, hangs, stopped, half, well')).toEqual([
    [{ é: null }, '\n'],
    [1],
    [1],
    [1],
    [1],
    [1],
    [{ é: null }, '\n'],
  ])
})

it('is heard no longer than it may talk', () => {
  const [talk] = told('talks', ', limit=100000') as [string[]]
  expect(talk.length).toBeGreaterThan(10)
  expect(talk.length).toBeLessThanOrEqual(100)
})

it('and is not begun when the time of all is over', () => {
  expect(told('hangs, well', ', at_a_time=1, all_seconds=0.1')).toEqual([[1], []])
})

it('has nothing of the agent open: its pipe, and the list that it reads', () => {
  expect(told('open_files, open_files')).toEqual([[2], [2]])
})
