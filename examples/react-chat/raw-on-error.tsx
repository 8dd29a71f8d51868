import { Component, type ReactNode } from 'react'

interface RawOnErrorProps {
  /** Shown to the reader if the children fail to render. */
  readonly raw: string
  readonly children: ReactNode
}

/** Shows the plain text if the children fail to render, so that one message never takes the page with it. */
export class RawOnError extends Component<RawOnErrorProps, { readonly hasFailed: boolean }> {
  override state = { hasFailed: false }

  static getDerivedStateFromError() {
    return { hasFailed: true }
  }

  override render() {
    const { raw, children } = this.props
    return this.state.hasFailed ? <p className="plain-text">{raw}</p> : children
  }
}
