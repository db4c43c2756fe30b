/** The worker of a student: fitting takes a while, and the event loop is for others. */
import { workerData } from 'node:worker_threads'
import { answer } from '../answer.ts'
import type { TensorData } from '../core/safetensors.ts'
import { Student, type StudentShape } from './student.ts'

export type StudentRequest =
  /** Learns from labelled states, then resolves to its answers [rows, K] for `asked` [rows, O]; null before it knows enough. */
  | {
      readonly type: 'learn'
      readonly obs: Float32Array
      readonly targets: Float64Array
      readonly asked: Float32Array
    }
  | { readonly type: 'save' }
  | { readonly type: 'load'; readonly tensors: Readonly<Record<string, TensorData>> }

answer(
  async () => new Student(workerData as StudentShape),
  (student, request: StudentRequest) => {
    if (request.type === 'save') return student.save()
    if (request.type === 'load') return student.load(request.tensors)
    student.learn(request.obs, request.targets)
    return student.ready ? student.ask(request.asked) : null
  },
)
