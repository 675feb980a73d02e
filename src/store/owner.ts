/** To whom belongs what is made where no keys are asked for, and what was there before there were owners: whoever runs the service. */
export const localOwner = 'local';
